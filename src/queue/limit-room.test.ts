import assert from "node:assert/strict";
import { test } from "node:test";
import { fitting, isOpen, type LimitState, roomOf } from "./limit-room.ts";

const NOW = 1_000_000;
const limit = (given: Partial<LimitState>): LimitState => ({
  ...{ concurrency: null, perMinute: null, tokens: null },
  ...{ filledAt: 0, pausedUntil: 0, leased: 0 },
  ...given,
});

test("without figures everything fits", () => {
  assert.equal(fitting([5, 5, 5], roomOf(limit({ leased: 100 }), NOW)), 3);
});

test("a rate refills evenly up to a minute's worth", () => {
  const tokens = (filledAt: number) =>
    roomOf(limit({ perMinute: 60, tokens: 3, filledAt }), NOW).tokens;
  assert.equal(tokens(NOW), 3);
  assert.equal(tokens(NOW - 2500), 5.5);
  assert.equal(tokens(NOW - 600_000), 60);
  assert.equal(tokens(NOW + 5000), 3, "a clock that was set back takes nothing away");
});

test("a limit that was lowered below what is under work lets nothing begin", () => {
  assert.equal(isOpen(roomOf(limit({ concurrency: 2, leased: 3 }), NOW)), false);
  assert.equal(isOpen(roomOf(limit({ concurrency: 2, leased: 1 }), NOW)), true);
});

test("a pause ends at its moment", () => {
  assert.equal(isOpen(roomOf(limit({ pausedUntil: NOW + 1 }), NOW)), false);
  assert.equal(isOpen(roomOf(limit({ pausedUntil: NOW }), NOW)), true);
});

test("tasks fit in their order until one does not", () => {
  const room = roomOf(limit({ perMinute: 10 }), NOW);
  assert.equal(fitting([4, 4, 4, 1], room), 2);
  assert.equal(fitting([11, 1], room), 1);
  assert.equal(fitting([1, 11], room), 1);
});
