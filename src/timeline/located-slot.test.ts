import assert from "node:assert/strict";
import { test } from "node:test";
import { locatedSlot } from "./located-slot.ts";
import type { Pauses } from "./room-around.ts";

const PAUSES: Pauses = {
  duration: 10,
  silences: [
    { start: 0, end: 0.5 },
    { start: 1.2, end: 1.8 },
  ],
  shortSilences: [
    { start: 0, end: 0.5 },
    { start: 0.75, end: 0.81 },
    { start: 1.2, end: 1.8 },
    { start: 4.5, end: 4.6 },
  ],
  peakDb: -6,
};

test("a place between two pauses is theirs, and its room reaches over them", () => {
  assert.deepEqual(locatedSlot(PAUSES, { start: 0.42, end: 1.28, confidence: 0.9 }, "transcript"), {
    start: 0.5,
    end: 1.2,
    room: { start: 0, end: 1.8 },
    foundBy: "transcript",
    confidence: 0.9,
  });
});

test("a place inside running speech stays as it was found, without room", () => {
  const found = { start: 2.5, end: 3, confidence: 0.8 };
  const { start, end, room } = locatedSlot(PAUSES, found, "keyword");
  assert.deepEqual([start, end, room], [2.5, 3, { start: 2.5, end: 3 }]);
});

test("the quiet before a last plosive does not end a name, a short pause at its end does", () => {
  assert.equal(locatedSlot(PAUSES, { start: 0.52, end: 0.88, confidence: 1 }, "keyword").end, 0.88);
  const { end, room } = locatedSlot(PAUSES, { start: 4, end: 4.53, confidence: 1 }, "recognised");
  assert.deepEqual([end, room], [4.5, { start: 4, end: 4.6 }]);
});

test("a slot lies in the base and is not empty, however near its borders are", () => {
  const tight: Pauses = { ...PAUSES, silences: [{ start: 2, end: 2.1 }], duration: 2.2 };
  const found = { start: 2.05, end: 2.3, confidence: 1 };
  const slot = locatedSlot(tight, { ...found, end: 2.08 }, "keyword");
  assert.ok(slot.end > slot.start);
  assert.equal(locatedSlot({ ...tight, silences: [] }, found, "keyword").end, 2.2);
});
