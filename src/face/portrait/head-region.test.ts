import assert from "node:assert/strict";
import { test } from "node:test";
import type { HeadPose } from "../../domain/face.ts";
import { drawAvatar } from "../avatar/draw-avatar.ts";
import { CELL, createHeadField } from "./head-field.ts";
import { createIdleLoop } from "./motion.ts";
import { createPlanes, planesOf } from "./planes.ts";
import { createPortrait, REST_MOUTH, REST_POSE } from "./portrait.ts";
import { paintFace } from "./testing/painted-face.ts";

const FPS = 25;
const FACES = {
  "the avatar": drawAvatar(256),
  "a face beside the middle": paintFace({ width: 320, height: 240, size: 200, x: 130 }),
};
const POSES: Partial<HeadPose>[] = [
  { yaw: 0.12, pitch: -0.08 },
  { roll: 0.1, shiftX: 0.02 },
  { yaw: -0.3, roll: -0.05, shiftY: 0.1 },
];

for (const [what, { picture, landmarks }] of Object.entries(FACES)) {
  test(`${what}: every pixel comes from where the head's field says, and none from farther`, () => {
    const { width, height } = picture;
    const source = planesOf(picture);
    const portrait = createPortrait({ source, landmarks });
    const field = createHeadField({ width, height, landmarks });
    const frame = createPlanes(width, height);
    for (const change of POSES) {
      const pose = { ...REST_POSE, ...change };
      portrait.render(REST_MOUTH, pose, frame);
      field.move(pose);
      let moved = 0;
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const [dx, dy] = [
            between(field.x, field.columns, x, y),
            between(field.y, field.columns, x, y),
          ];
          if (dx !== 0 || dy !== 0) moved++;
          const { least, most } = around(source.y, { width, height, x: x + dx, y: y + dy });
          const luma = frame.y[y * width + x] ?? 0;
          assert.ok(
            luma >= least - 2 && luma <= most + 2,
            `${x}, ${y}: ${luma} of ${least}..${most}`,
          );
        }
      }
      assert.ok(moved > 0.2 * width * height && moved < width * height, `${moved} pixels move`);
    }
  });

  test(`${what}: an idle loop's last frame and its first differ no more than neighbours do`, () => {
    const portrait = createPortrait({ source: picture, landmarks });
    for (const [seed, seconds] of [
      [1, 4],
      [20_251, 8],
    ] as const) {
      const loop = createIdleLoop({ seed, seconds });
      const frames = FPS * seconds;
      const lumaAt = (index: number) => {
        const frame = createPlanes(portrait.width, portrait.height);
        portrait.render(REST_MOUTH, loop.at(((index % frames) + 0.5) / FPS), frame);
        return frame.y;
      };
      // The last and the first eight, without a blink among them.
      const around = Array.from({ length: 16 }, (_, i) => lumaAt(frames - 8 + i));
      const steps = around.slice(1).map((luma, i) => difference(luma, around[i] ?? luma));
      const [seam = 1] = steps.splice(7, 1);
      assert.ok(seam <= 1.2 * Math.max(...steps), `${seam} against ${steps}`);
      assert.ok(Math.max(...steps) > 0, "it moves");
    }
  });
}

/** A field's value at a pixel: bilinear between the corners of its cell. */
function between(corners: Float32Array, columns: number, x: number, y: number): number {
  const [column, row] = [Math.floor(x / CELL), Math.floor(y / CELL)];
  const [right, down] = [x / CELL - column, y / CELL - row];
  const at = (c: number, r: number) => corners[(row + r) * columns + column + c] ?? 0;
  const upper = at(0, 0) + right * (at(1, 0) - at(0, 0));
  const lower = at(0, 1) + right * (at(1, 1) - at(0, 1));
  return upper + down * (lower - upper);
}

/** The least and the most of the samples within a pixel of a place. */
function around(
  samples: Uint8Array,
  { width, height, x, y }: { width: number; height: number; x: number; y: number },
): { least: number; most: number } {
  let [least, most] = [255, 0];
  for (let row = Math.floor(y - 1); row <= Math.ceil(y + 1); row++) {
    for (let column = Math.floor(x - 1); column <= Math.ceil(x + 1); column++) {
      const [inY, inX] = [clamp(row, height), clamp(column, width)];
      const value = samples[inY * width + inX] ?? 0;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  return { least, most };
}

function clamp(index: number, length: number): number {
  return Math.min(length - 1, Math.max(0, index));
}

/** Mean, levels. */
function difference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;
}
