import { clamp } from "../../portrait/easing.ts";
import { toPicture } from "../../portrait/local-frame.ts";
import type { MouthGeometry } from "../../portrait/mouth-geometry.ts";
import type { Yuv420 } from "../../portrait/planes.ts";
import { type HeadMotion, moved } from "./head-motion.ts";
import { levelAt, planeOf } from "./sample-planes.ts";

/** Steps of the search; each comes nearer by a factor of some ten. */
const STEPS = 4;
/** Landmarks are not off by more, widths of the mouth. */
const FARTHEST = 0.06;
/** Places looked at, across and down. */
const COLUMNS = 36;
const ROWS = 20;
/** Without so many levels of contrast a pixel on average, there is nothing to hold on to. */
const LEAST_SLOPE = 0.5;

/** What of the model is looked for in other pictures: nose and philtrum, which speech hardly moves. */
export type SteadyPatch = {
  points: { x: number; y: number; level: number; across: number; down: number }[];
  unit: number;
};

export function steadyPatch(planes: Yuv420, { frame, nose, upperLip }: MouthGeometry): SteadyPatch {
  const plane = planeOf(planes, "y");
  const top = nose - 0.35;
  const bottom = Math.max(nose + 0.05, -upperLip - 0.04);
  const points = Array.from({ length: COLUMNS * ROWS }, (_, i) => {
    const u = ((i % COLUMNS) / (COLUMNS - 1) - 0.5) * 0.9;
    const v = top + (Math.floor(i / COLUMNS) / (ROWS - 1)) * (bottom - top);
    const [x, y] = toPicture(frame, [u, v]);
    const at = (dx: number, dy: number) => levelAt(plane, [x + dx, y + dy]);
    const across = (at(1, 0) - at(-1, 0)) / 2;
    return { x, y, level: at(0, 0), across, down: (at(0, 1) - at(0, -1)) / 2 };
  });
  return { points, unit: frame.unit };
}

/**
 * Landmarks tremble by some tenths of a pixel, and what is laid over a face by them swims: the shift
 * that makes the model's nose coincide with the picture's takes that away (Lucas and Kanade 1981).
 * @param motion From the model to the picture, by landmarks.
 */
export function settledMotion(
  motion: HeadMotion,
  { points, unit }: SteadyPatch,
  planes: Yuv420,
): HeadMotion {
  const plane = planeOf(planes, "y");
  const { a, b } = motion;
  let [dx, dy] = [0, 0];
  for (let step = 0; step < STEPS; step++) {
    const there = { a, b, dx: motion.dx + dx, dy: motion.dy + dy };
    const levels = points.map(({ x, y }) => levelAt(plane, moved(there, [x, y])));
    const lighter =
      points.reduce((sum, { level }, i) => sum + (levels[i] ?? 0) - level, 0) / points.length;
    let [xx, xy, yy, xe, ye] = [0, 0, 0, 0, 0];
    for (const [i, { level, across, down }] of points.entries()) {
      const slopeX = a * across - b * down;
      const slopeY = b * across + a * down;
      const error = level + lighter - (levels[i] ?? 0);
      xx += slopeX * slopeX;
      xy += slopeX * slopeY;
      yy += slopeY * slopeY;
      xe += slopeX * error;
      ye += slopeY * error;
    }
    const area = xx * yy - xy * xy;
    if (area < (LEAST_SLOPE * points.length) ** 2) return motion;
    dx += (xe * yy - ye * xy) / area;
    dy += (ye * xx - xe * xy) / area;
  }
  const most = FARTHEST * unit * Math.hypot(a, b);
  return { a, b, dx: motion.dx + clamp(dx, -most, most), dy: motion.dy + clamp(dy, -most, most) };
}
