import assert from "node:assert/strict";
import { test } from "node:test";
import { withSoftEnds } from "./soft-ends.ts";
import { createTimelineSound } from "./timeline-sound.ts";

test("sound is found at its place across its pieces, and beyond its end there is silence", () => {
  const sound = createTimelineSound();
  sound.append(Float32Array.of(1, 2, 3));
  sound.append(new Float32Array());
  sound.append(Float32Array.of(4, 5));
  assert.equal(sound.length(), 5);
  assert.deepEqual([...sound.slice(1, 4)], [2, 3, 4]);
  assert.deepEqual([...sound.slice(4, 7)], [5, 0, 0]);
});

test("what is forgotten cannot be had again, what comes after it can", () => {
  const sound = createTimelineSound();
  sound.append(Float32Array.of(1, 2, 3));
  sound.append(Float32Array.of(4, 5));
  sound.forget(4);
  assert.deepEqual([...sound.slice(4, 5)], [5]);
  assert.throws(() => sound.slice(3, 5), RangeError);
});

test("soft ends are silent, and what lies between them is as it was", () => {
  const soft = withSoftEnds(new Float32Array(4800).fill(0.5), 48_000);
  assert.deepEqual([soft[0], soft[4799], soft[96], soft[4703]], [0, 0, 0.5, 0.5]);
  assert.equal(withSoftEnds(new Float32Array(1), 48_000).length, 1);
});
