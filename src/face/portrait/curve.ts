import { clamp } from "./easing.ts";
import type { Point } from "./local-frame.ts";

/** A line across a part of the face: v over u, at `BINS` places from −`REACH` to `REACH`. */
export type Curve = Float32Array;

/** Curves are known this far to both sides, in widths of the part; farther out they go on level. */
export const REACH = 1.3;
export const BINS = 313;
const PER_UNIT = (BINS - 1) / (2 * REACH);

/** The u of a bin. */
export function binPlace(bin: number): number {
  return bin / PER_UNIT - REACH;
}

/** v at u, between two bins in proportion. */
export function curveAt(curve: Curve, u: number): number {
  return atPlace(curve, placeOf(u));
}

/** Where u lies among the bins: to look several curves up at the same u. */
export function placeOf(u: number): number {
  return clamp((u + REACH) * PER_UNIT, 0, BINS - 1.001);
}

/** v at a place among the bins. */
export function atPlace(curve: Curve, place: number): number {
  const bin = place | 0;
  const low = curve[bin] ?? 0;
  return low + ((curve[bin + 1] ?? 0) - low) * (place - bin);
}

/** The curve of a function. */
export function curveOf(height: (u: number) => number): Curve {
  return Float32Array.from({ length: BINS }, (_, bin) => height(binPlace(bin)));
}

/**
 * The smooth curve through points, which it may pass by a little; before the first and after the last
 * it goes on level.
 */
export function curveThrough(points: readonly Point[], softness = 4): Curve {
  const sorted = points.toSorted(([a], [b]) => a - b);
  const curve = curveOf((u) => polylineAt(sorted, u));
  return smoothed(curve, softness);
}

/** The curve with its corners rounded over about `softness` bins to both sides. */
export function smoothed(curve: Curve, softness: number): Curve {
  let result = curve;
  for (let pass = 0; pass < 3; pass++) {
    const from = result;
    result = from.map((_, bin) => {
      let sum = 0;
      for (let near = bin - softness; near <= bin + softness; near++) {
        sum += from[clamp(near, 0, BINS - 1)] ?? 0;
      }
      return sum / (2 * softness + 1);
    });
  }
  return result;
}

function polylineAt(sorted: readonly Point[], u: number): number {
  const after = sorted.findIndex(([place]) => place >= u);
  const next = sorted[after === -1 ? sorted.length - 1 : after];
  const before = sorted[after === -1 ? sorted.length - 1 : Math.max(0, after - 1)];
  if (!next || !before) return 0;
  const length = next[0] - before[0];
  return length > 0 ? before[1] + ((u - before[0]) / length) * (next[1] - before[1]) : next[1];
}
