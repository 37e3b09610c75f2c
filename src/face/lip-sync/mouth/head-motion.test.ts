import assert from "node:assert/strict";
import { test } from "node:test";
import { LIPS_OUTER_UPPER } from "../../landmarks/landmark-groups.ts";
import { madeFace } from "../../landmarks/testing/made-face.ts";
import { frameBetween, landmarkAt, toPicture } from "../../portrait/local-frame.ts";
import { headMotion, moved, movedFrame, reversedMotion } from "./head-motion.ts";

const before = madeFace({ x: 300, y: 200, radius: 100 }).landmarks;
const after = madeFace({ x: 340, y: 190, radius: 110, roll: 0.2 }).landmarks;
const near = (a: readonly number[], b: readonly number[], reach: number) =>
  Math.hypot((a[0] ?? 0) - (b[0] ?? 0), (a[1] ?? 0) - (b[1] ?? 0)) < reach;

test("a head's shift, tilt and growth are found by its eyes and nose", () => {
  const motion = headMotion(before, after);
  for (const index of [10, 33, 61, 152, 291]) {
    assert.ok(near(moved(motion, landmarkAt(before, index)), landmarkAt(after, index), 0.05));
  }
  assert.ok(Math.abs(Math.hypot(motion.a, motion.b) - 1.1) < 1e-4);
});

test("what the mouth and the jaw do is no motion of the head", () => {
  const speaking = after.slice();
  for (const index of [...LIPS_OUTER_UPPER, 13, 14, 17, 152]) {
    speaking[2 * index + 1] = (speaking[2 * index + 1] ?? 0) + 30;
  }
  assert.deepEqual(headMotion(before, speaking), headMotion(before, after));
});

test("a motion and its reverse lead back, and carry a part's coordinates along", () => {
  const motion = headMotion(before, after);
  const back = reversedMotion(motion);
  assert.ok(near(moved(back, moved(motion, [12, 34])), [12, 34], 1e-9));
  const frame = frameBetween([280, 260], [320, 262]);
  const there = toPicture(movedFrame(motion, frame), [0.3, 0.7]);
  assert.ok(near(there, moved(motion, toPicture(frame, [0.3, 0.7])), 1e-9));
});

test("landmarks that are all in one place still tell where it has gone", () => {
  const at = (x: number) => new Float32Array(936).fill(x);
  assert.deepEqual(headMotion(at(5), at(8)), { a: 1, b: 0, dx: 3, dy: 3 });
});
