import { type Curve, curveAt, curveThrough } from "./curve.ts";
import { clamp } from "./easing.ts";
import { type LocalFrame, type Point, toPicture } from "./local-frame.ts";
import type { Yuv420 } from "./planes.ts";

/** Where the line is looked for, widths of the mouth: so far to both sides, in so many columns. */
const SPAN = 0.52;
const COLUMNS = 53;
/** So far from the landmarks' line, which is off by up to 0.06 on turned faces, in so many steps. */
const SEARCH = 0.07;
const STEPS = 29;
/** What the farthest place costs against the full contrast of a column. */
const DISTANCE_COST = 0.7;
/** What a step of the line up or down costs from one column to the next. */
const BEND_COST = 0.12;
/** A column with less contrast than so many levels says little about where the lips meet. */
const LEAST_CONTRAST = 24;

/**
 * The line where closed lips meet: the darkest way from corner to corner near the landmarks' line. If
 * a mouth were opened beside that line, a stripe of one lip would hang on the other.
 * @param near The landmarks' line, coordinates of the mouth.
 */
export function findLipLine(planes: Yuv420, frame: LocalFrame, near: Curve): Curve {
  const costs = columnCosts(planes, frame, near);
  const path = cheapestPath(costs);
  const points = path.map((step, column): Point => {
    const u = columnPlace(column);
    return [u, curveAt(near, u) + stepOffset(step)];
  });
  return curveThrough(points, 2);
}

const columnPlace = (column: number) => (column / (COLUMNS - 1)) * 2 * SPAN - SPAN;
const stepOffset = (step: number) => (step / (STEPS - 1)) * 2 * SEARCH - SEARCH;

/** `[column][step]`: how light it is there, and how far from the landmarks. */
function columnCosts(planes: Yuv420, frame: LocalFrame, near: Curve): Float32Array[] {
  return Array.from({ length: COLUMNS }, (_, column) => {
    const u = columnPlace(column);
    const middle = curveAt(near, u);
    const lumas = Float32Array.from({ length: STEPS }, (__, step) =>
      lumaAt(planes, toPicture(frame, [u, middle + stepOffset(step)])),
    );
    const darkest = Math.min(...lumas);
    const contrast = Math.max(LEAST_CONTRAST, Math.max(...lumas) - darkest);
    return lumas.map((luma, step) => {
      const distance = stepOffset(step) / SEARCH;
      return (luma - darkest) / contrast + DISTANCE_COST * distance * distance;
    });
  });
}

/** The step of each column on the way of least cost (dynamic programming, Bellman 1957). */
function cheapestPath(costs: readonly Float32Array[]): number[] {
  const froms: Int16Array[] = [];
  let sums = new Float32Array(STEPS);
  for (const column of costs) {
    const from = new Int16Array(STEPS);
    const before = sums;
    sums = column.map((cost, step) => {
      let best = step;
      let least = Number.POSITIVE_INFINITY;
      for (let other = Math.max(0, step - 3); other <= Math.min(STEPS - 1, step + 3); other++) {
        const sum = (before[other] ?? 0) + BEND_COST * Math.abs(other - step);
        if (sum >= least) continue;
        least = sum;
        best = other;
      }
      from[step] = best;
      return cost + least;
    });
    froms.push(from);
  }
  let step = sums.indexOf(Math.min(...sums));
  const path: number[] = [];
  for (const from of froms.toReversed()) {
    path.unshift(step);
    step = from[step] ?? step;
  }
  return path;
}

/** Luma between pixels, in proportion; outside the picture that of its nearest edge. */
export function lumaAt({ y, width, height }: Yuv420, [px, py]: Point): number {
  const x = clamp(px, 0, width - 1);
  const row = clamp(py, 0, height - 1);
  const left = Math.floor(x);
  const top = Math.floor(row);
  const right = Math.min(width - 1, left + 1);
  const bottom = Math.min(height - 1, top + 1);
  const tx = x - left;
  const ty = row - top;
  const at = (r: number, c: number) => y[r * width + c] ?? 0;
  const upper = at(top, left) * (1 - tx) + at(top, right) * tx;
  return upper * (1 - ty) + (at(bottom, left) * (1 - tx) + at(bottom, right) * tx) * ty;
}
