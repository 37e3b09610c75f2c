import assert from "node:assert/strict";
import { test } from "node:test";
import { crossfadeInto, equalPowerFade } from "./crossfade.ts";
import { assertNear, noise, rms } from "./test-signals.ts";

test("the gains keep the power and are made once for a length", () => {
  const { fadeIn, fadeOut } = equalPowerFade(480);
  for (let i = 0; i < 480; i++) {
    assertNear((fadeIn[i] ?? 0) ** 2 + (fadeOut[i] ?? 0) ** 2, 1, 1e-6);
    assert.equal(fadeOut[i], fadeIn[479 - i]);
  }
  assert.ok((fadeIn[0] ?? 1) < 0.01 && (fadeIn[479] ?? 0) > 0.99);
  assert.equal(equalPowerFade(480), equalPowerFade(480));
});

test("an insert replaces the middle, fades at its ends and leaves the rest alone", () => {
  const target = new Float32Array(1000).fill(1);
  crossfadeInto(target, 300, new Float32Array(400).fill(-0.5), 100);
  assert.ok(target.subarray(0, 300).every((x) => x === 1));
  assert.ok(target.subarray(400, 600).every((x) => x === -0.5));
  assert.ok(target.subarray(700).every((x) => x === 1));
  const half = Math.SQRT1_2;
  assertNear(target[350] ?? 0, half - 0.5 * half, 0.02);
  assertNear(target[649] ?? 0, half - 0.5 * half, 0.02);
  for (let i = 1; i < 1000; i++) assertNear((target[i] ?? 0) - (target[i - 1] ?? 0), 0, 0.03);
});

test("two noises pass into each other without a change of loudness", () => {
  const target = noise({ seconds: 1, sampleRate: 48_000 }, 1);
  crossfadeInto(target, 12_000, noise({ seconds: 0.5, sampleRate: 48_000 }, 2), 9600);
  for (const at of [2400, 14_400, 24_000, 30_000]) {
    assertNear(rms(target.subarray(at, at + 4800)), 1 / Math.sqrt(3), 0.02);
  }
});

test("a short insert fades over half its length, and one that does not fit is refused", () => {
  const target = new Float32Array(10).fill(1);
  crossfadeInto(target, 3, new Float32Array(3), 100);
  assert.deepEqual([target[2], target[4], target[6]], [1, 0, 1]);
  assert.throws(() => crossfadeInto(target, 8, new Float32Array(3), 1), RangeError);
  assert.throws(() => crossfadeInto(target, -1, new Float32Array(3), 1), RangeError);
});
