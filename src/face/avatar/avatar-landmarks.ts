import { LANDMARKS } from "../../domain/face.ts";
import { reversed } from "../../drawing/outline.ts";
import {
  EYE_LEFT_LOWER,
  EYE_LEFT_UPPER,
  EYE_RIGHT_LOWER,
  EYE_RIGHT_UPPER,
  LIPS_INNER_LOWER,
  LIPS_INNER_UPPER,
  LIPS_OUTER_LOWER,
  LIPS_OUTER_UPPER,
} from "../landmarks/landmark-groups.ts";
import { EYES, LOWER_LIP, SEAM, UNITS, UPPER_LIP } from "./features.ts";
import { LANDMARK_TABLE } from "./landmark-table.ts";

/** The red of the lips: rows of landmarks between the outer edge and the seam, from edge to seam. */
const UPPER_ROWS = [
  [76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306],
  [62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292],
] as const;
const LOWER_ROWS = [
  [76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306],
  [62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292],
] as const;

/**
 * Landmarks that lie on the curves the drawing is made of, in its units: eyes and lips.
 * @returns Their numbers and places.
 */
export function drawnLandmarks(): Map<number, readonly [x: number, y: number]> {
  const places = new Map<number, readonly [number, number]>();
  const put = (indices: readonly number[], line: number[]) => {
    for (const [i, index] of indices.entries()) {
      places.set(index, [line[2 * i] ?? 0, line[2 * i + 1] ?? 0]);
    }
  };
  const [left, right] = EYES;
  if (left && right) {
    // The lines of landmarks run from left to right, those of the drawing from the nose outwards.
    put(EYE_LEFT_UPPER, reversed(left.upper));
    put(EYE_LEFT_LOWER, reversed(left.lower));
    put(EYE_RIGHT_UPPER, right.upper);
    put(EYE_RIGHT_LOWER, right.lower);
  }
  for (const [row, indices] of UPPER_ROWS.entries()) put(indices, between(UPPER_LIP, row));
  for (const [row, indices] of LOWER_ROWS.entries()) put(indices, between(LOWER_LIP, row));
  put(LIPS_OUTER_UPPER, UPPER_LIP);
  put(LIPS_OUTER_LOWER, LOWER_LIP);
  put(LIPS_INNER_UPPER, SEAM);
  put(LIPS_INNER_LOWER, SEAM);
  return places;
}

/** The avatar's landmarks, flat `[landmark][x, y]`, in the pixels of a picture of that side. */
export function avatarLandmarks(size: number): Float32Array {
  const places = drawnLandmarks();
  const scale = size / UNITS;
  const landmarks = new Float32Array(2 * LANDMARKS);
  for (let index = 0; index < LANDMARKS; index++) {
    const found = [LANDMARK_TABLE[2 * index] ?? 0, LANDMARK_TABLE[2 * index + 1] ?? 0] as const;
    const [x, y] = places.get(index) ?? found;
    landmarks[2 * index] = x * scale + size / 2;
    landmarks[2 * index + 1] = y * scale;
  }
  return landmarks;
}

/** A row of the lips' red: a third or two thirds of the way from the edge to the seam. */
function between(edge: number[], row: number): number[] {
  const share = (row + 1) / 3;
  return edge.map((value, i) => value + ((SEAM[i] ?? 0) - value) * share);
}
