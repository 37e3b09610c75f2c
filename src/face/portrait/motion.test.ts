import assert from "node:assert/strict";
import { test } from "node:test";
import type { HeadPose } from "../../domain/face.ts";
import { createIdleLoop, createMotion, type Motion } from "./motion.ts";

const PARTS = [
  ...["blink", "gazeX", "gazeY", "brows", "yaw", "pitch", "roll", "shiftX", "shiftY"],
] as (keyof HeadPose)[];

/** Poses at 100 a second. */
const course = (motion: Motion, seconds: number) =>
  Array.from({ length: 100 * seconds }, (_, frame) => motion.at(frame / 100));

/** Moments at which a blink begins, and how long it lasts, seconds. */
function blinksOf(poses: HeadPose[]) {
  const blinks: { start: number; duration: number; closing: number }[] = [];
  poses.forEach(({ blink }, frame) => {
    const before = poses[frame - 1]?.blink ?? 0;
    if (blink > 0 && before === 0) blinks.push({ start: frame / 100, duration: 0, closing: 0 });
    const last = blinks.at(-1);
    if (last && blink > 0) last.duration += 0.01;
    if (last && blink > before) last.closing += 0.01;
  });
  return blinks;
}

/** Speech of three seconds, silence, and three more: syllables at 4 a second, dB. */
function speechLevels() {
  return Float32Array.from({ length: 900 }, (_, hop) => {
    if (hop >= 300 && hop < 600) return -80;
    return -22 + 12 * Math.sin((2 * Math.PI * hop) / 25);
  });
}

test("eyes blink at irregular intervals, close fast and open slowly", () => {
  for (const seed of [1, 2, 3]) {
    const blinks = blinksOf(course(createMotion({ seed }), 120));
    assert.ok(blinks.length >= 20 && blinks.length <= 60, `${blinks.length} in two minutes`);
    const pauses = blinks.slice(1).map(({ start }, index) => start - (blinks[index]?.start ?? 0));
    assert.ok(pauses.every((pause) => pause > 0.3 && pause < 6.5));
    assert.ok(Math.max(...pauses) - Math.min(...pauses) > 1.5, "they are not regular");
    // The last may be cut off.
    for (const { duration, closing } of blinks.slice(0, -1)) {
      assert.ok(Math.abs(duration - 0.31) < 0.03);
      assert.ok(closing < 0.4 * duration);
    }
  }
});

test("a closed eye is seen even in 25 frames a second", () => {
  const motion = createMotion({ seed: 4 });
  for (const { start } of blinksOf(course(motion, 60))) {
    const frames = Array.from({ length: 9 }, (_, frame) => (Math.ceil(start * 25) + frame) / 25);
    const most = Math.max(...frames.map((seconds) => motion.at(seconds).blink));
    assert.ok(most > 0.85, `${most} at ${start} s`);
  }
});

test("the same seed moves the same, in whatever order it is asked; another moves otherwise", () => {
  const levels = speechLevels();
  const forwards = createMotion({ seed: 7, levels });
  const there = Array.from({ length: 90 }, (_, frame) => forwards.at(frame / 10));
  const backwards = createMotion({ seed: 7, levels });
  const back = Array.from({ length: 90 }, (_, frame) => backwards.at((89 - frame) / 10)).reverse();
  assert.deepEqual(back, there);
  const other = createMotion({ seed: 8, levels });
  assert.notDeepEqual(other.at(3), there[30]);
});

test("nothing jumps from one frame to the next but eyes and lids", () => {
  const levels = speechLevels();
  for (const seed of [1, 9]) {
    const poses = course(createMotion({ seed, levels }), 12);
    poses.slice(1).forEach((pose, index) => {
      const before = poses[index] ?? pose;
      for (const part of ["yaw", "pitch", "roll", "shiftX", "shiftY"] as const) {
        const step = Math.abs(pose[part] - before[part]);
        assert.ok(step < 0.005, `${part} by ${step} within 10 ms`);
      }
      assert.ok(Math.abs(pose.brows - before.brows) < 0.06);
    });
  }
});

test("a head that speaks moves more than a calm one, and stays within small turns", () => {
  const levels = speechLevels();
  const speaking = createMotion({ seed: 5, levels });
  const calm = createMotion({ seed: 5 });
  const travel = (motion: Motion, from: number, to: number) => {
    let sum = 0;
    for (let seconds = from; seconds < to; seconds += 0.04) {
      const now = motion.at(seconds);
      const next = motion.at(seconds + 0.04);
      sum += Math.abs(next.pitch - now.pitch) + Math.abs(next.yaw - now.yaw);
    }
    return sum;
  };
  assert.ok(travel(speaking, 0.5, 2.5) > 1.5 * travel(calm, 0.5, 2.5));
  assert.ok(travel(speaking, 4, 5) < 1.3 * travel(calm, 4, 5), "and is calm in a pause");
  for (const pose of course(speaking, 9)) {
    for (const part of ["yaw", "pitch", "roll"] as const) assert.ok(Math.abs(pose[part]) < 0.12);
    for (const part of ["gazeX", "gazeY", "brows"] as const) assert.ok(Math.abs(pose[part]) <= 1);
  }
});

test("silence, whatever its level, is calm", () => {
  const silent = createMotion({ seed: 5, levels: new Float32Array(500).fill(-90) });
  const calm = createMotion({ seed: 5 });
  for (const seconds of [0.3, 1.7, 4.2]) assert.deepEqual(silent.at(seconds), calm.at(seconds));
});

test("eyes rest most of the time and jump in between", () => {
  const poses = course(createMotion({ seed: 11 }), 60);
  const steps = poses
    .slice(1)
    .map((pose, index) => Math.abs(pose.gazeX - (poses[index]?.gazeX ?? 0)));
  const still = steps.filter((step) => step < 0.004).length;
  assert.ok(still > 0.85 * steps.length, `${still} of ${steps.length}`);
  assert.ok(Math.max(...steps) > 0.03);
});

for (const seconds of [1, 2.5, 8]) {
  test(`an idle loop of ${seconds} s ends as it begins, in place and in speed`, () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { at } = createIdleLoop({ seed, seconds });
      const step = 0.001;
      const [before, end, start, after] = [...[seconds - 2 * step, seconds - step, 0, step]].map(
        at,
      );
      assert.ok(before && end && start && after);
      for (const part of PARTS) {
        assert.ok(Math.abs(start[part] - end[part]) < 2e-3, `${part}: place`);
        const speeds = [end[part] - before[part], after[part] - start[part]];
        assert.ok(Math.abs((speeds[1] ?? 0) - (speeds[0] ?? 0)) < 1e-4, `${part}: speed`);
        assert.ok(Math.abs(at(0.7)[part] - at(0.7 + 3 * seconds)[part]) < 1e-9);
      }
    }
  });
}

test("an idle loop lives: it blinks, glances and drifts", () => {
  const poses = course(createIdleLoop({ seed: 3, seconds: 8 }), 8);
  for (const part of PARTS) {
    const values = poses.map((pose) => pose[part]);
    assert.ok(Math.max(...values) - Math.min(...values) > 0.001, part);
  }
});

test("a loop of no length is refused", () => {
  assert.throws(() => createIdleLoop({ seed: 1, seconds: 0 }), /0 s is no length/);
});
