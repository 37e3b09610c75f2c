import assert from "node:assert/strict";
import { test } from "node:test";
import { segmentPath } from "./segment-path.ts";

/** Two parts over marks 0, 1, 2, 3; the second may begin at mark 1 or 2. */
const SEGMENTS = [
  { part: 0, from: 0, to: 1, cost: 5 },
  { part: 0, from: 0, to: 2, cost: 2 },
  { part: 1, from: 1, to: 3, cost: 1 },
  { part: 1, from: 2, to: 3, cost: 3 },
];

test("the cheapest way through all parts is found, and what the next best would cost more", () => {
  const path = segmentPath(SEGMENTS, { parts: 2, marks: 4 });
  assert.equal(path?.cost, 5);
  assert.deepEqual(
    path?.segments.map(({ from, to, margin }) => ({ from, to, margin })),
    [
      { from: 0, to: 2, margin: 1 },
      { from: 2, to: 3, margin: 1 },
    ],
  );
});

test("the only way through has no rival", () => {
  const path = segmentPath(SEGMENTS.slice(1, 2).concat(SEGMENTS.slice(3)), { parts: 2, marks: 4 });
  assert.deepEqual(
    path?.segments.map(({ margin }) => margin),
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  );
});

test("there is no way that leaves a gap, or sound before or after", () => {
  const none = (segments: typeof SEGMENTS) => segmentPath(segments, { parts: 2, marks: 4 });
  assert.equal(none([]), null);
  assert.equal(
    none([
      { part: 0, from: 0, to: 1, cost: 0 },
      { part: 1, from: 2, to: 3, cost: 0 },
    ]),
    null,
  );
  assert.equal(
    none([
      { part: 0, from: 0, to: 1, cost: 0 },
      { part: 1, from: 1, to: 2, cost: 0 },
    ]),
    null,
  );
  assert.equal(
    none([
      { part: 0, from: 1, to: 2, cost: 0 },
      { part: 1, from: 2, to: 3, cost: 0 },
    ]),
    null,
  );
});
