import type { Face } from "../../../../domain/face.ts";
import { planesOf, type Yuv420 } from "../../../portrait/planes.ts";
import { type PaintedFace, paintFace } from "../../../portrait/testing/painted-face.ts";
import type { FilmedFace } from "../../picture-maker.ts";

/** One picture of a painted face that moves and speaks. Pixels, but for `gap` in widths of the mouth. */
export type Pose = { x?: number; y?: number; gap?: number };

const SIZE = { width: 320, height: 288, size: 256 };

export type PaintedStretch = FilmedFace & { painted: PaintedFace[] };

/** A stretch of painted faces before a chequered ground that stays where it is. */
export function filmPainted(poses: readonly Pose[]): PaintedStretch {
  const painted = poses.map(({ x = 160, y = 140, gap = 0 }) => paintFace({ ...SIZE, x, y, gap }));
  return {
    painted,
    pictures: painted.map(({ picture }) => planesOf(picture)),
    faces: painted.map(faceOf),
    openMouths: [],
  };
}

export function faceOf({ landmarks }: { landmarks: Float32Array }): Face {
  return { landmarks, score: 1, yaw: 0 };
}

/** A picture that stays as it is when a maker goes on. */
export function copyOf({ width, height, y, u, v }: Yuv420): Yuv420 {
  return { width, height, y: y.slice(), u: u.slice(), v: v.slice() };
}
