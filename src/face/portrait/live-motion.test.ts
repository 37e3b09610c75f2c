import assert from "node:assert/strict";
import { test } from "node:test";
import type { HeadPose } from "../../domain/face.ts";
import { createLiveMotion } from "./live-motion.ts";
import { createIdleLoop } from "./motion.ts";

const FPS = 25;
const home = createIdleLoop({ seed: 1, seconds: 6 }).at(0);
const speech = (seconds: number) =>
  Float32Array.from({ length: 100 * seconds }, (_, hop) => -20 + 10 * Math.sin(hop / 4));

function course(motion: ReturnType<typeof createLiveMotion>, from: number, to: number): HeadPose[] {
  const poses: HeadPose[] = [];
  for (let frame = Math.round(from * FPS); frame < Math.round(to * FPS); frame++) {
    poses.push(motion.at(frame / FPS));
  }
  return poses;
}

function fastest(poses: readonly HeadPose[], part: "yaw" | "pitch" | "roll"): number {
  return poses.reduce(
    (most, pose, i) =>
      Math.max(most, i === 0 ? 0 : Math.abs(pose[part] - (poses[i - 1]?.[part] ?? 0))),
    0,
  );
}

test("a head begins at home and comes home, with open eyes", () => {
  for (let seed = 0; seed < 20; seed++) {
    const motion = createLiveMotion({ seed, home });
    motion.hear(speech(6));
    const before = course(motion, 0, 6);
    motion.comeHome(6, 6.48);
    const after = course(motion, 6, 6.52);
    assert.deepEqual(before[0], home);
    assert.deepEqual(after.at(-1), home);
    assert.ok(before.some(({ yaw }) => Math.abs(yaw - home.yaw) > 0.003));
  }
});

test("what becomes known late does not make the head jump", () => {
  const motion = createLiveMotion({ seed: 5, home });
  const poses: HeadPose[] = [];
  for (let clause = 0; clause < 20; clause++) {
    motion.hear(clause % 3 === 2 ? new Float32Array(200).fill(-100) : speech(2));
    poses.push(...course(motion, 2 * clause, 2 * clause + 2));
  }
  assert.ok(fastest(poses, "yaw") < 0.012, `${fastest(poses, "yaw")}`);
  assert.ok(fastest(poses, "pitch") < 0.02, `${fastest(poses, "pitch")}`);
  assert.ok(fastest(poses, "roll") < 0.006, `${fastest(poses, "roll")}`);
  assert.ok(poses.filter(({ blink }) => blink > 0.8).length > 5, "eyes blink");
});
