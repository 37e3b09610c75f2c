import { type LocalFrame, type Point, toPicture } from "../../portrait/local-frame.ts";
import type { MouthGeometry } from "../../portrait/mouth-geometry.ts";
import type { Yuv420 } from "../../portrait/planes.ts";
import type { FaceSides } from "./face-sides.ts";
import { type Channel, meanAt, planeOf } from "./sample-planes.ts";

/** Levels to add at `[u, v]`: at + u · across + v · down. */
export type LightSlope = { at: number; across: number; down: number };
/** How one picture's light differs from another's, per channel. */
export type LightMatch = Record<Channel, LightSlope>;

const CHANNELS = ["y", "u", "v"] as const;
/** From side to side of the skin around a mouth, as shares of how far it reaches. */
const COLUMNS = [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1];
/** It reaches so far to the sides, and ends so far before the outline of the face. */
const REACH = 0.72;
const FROM_OUTLINE = 0.16;
/** What differs by so many levels more than the rest does is no change of light but something else there. */
const ODD = 5;

/** Skin around the lips that hardly moves when one speaks, in coordinates of the mouth. */
export function skinPoints(mouth: MouthGeometry, sides: FaceSides, jaw: number): Point[] {
  const above = (mouth.nose - mouth.upperLip) / 2;
  const below = Math.min(mouth.lowerLip + 0.16, 0.75 * mouth.chin) + jaw;
  const reach = {
    left: Math.min(REACH, sides.left - FROM_OUTLINE),
    right: Math.min(REACH, sides.right - FROM_OUTLINE),
  };
  return COLUMNS.flatMap((share): Point[] => {
    const u = share * (share < 0 ? reach.left : reach.right);
    return [
      [u, above],
      [0.8 * u, below],
    ];
  });
}

/** The light around a mouth in one picture: mean levels at points of the mouth's coordinates. */
export function lightAround(
  planes: Yuv420,
  frame: LocalFrame,
  points: readonly Point[],
): Record<Channel, number[]> {
  const levels = (channel: Channel) => {
    const plane = planeOf(planes, channel);
    return points.map((point) => meanAt(plane, toPicture(frame, point)));
  };
  return { y: levels("y"), u: levels("u"), v: levels("v") };
}

/** What must be added to a picture with the light `from` to have that of `to`, both at `points`. */
export function matchLight(
  from: Record<Channel, readonly number[]>,
  to: Record<Channel, readonly number[]>,
  points: readonly Point[],
): LightMatch {
  const [y, u, v] = CHANNELS.map((channel) => {
    const differences = points.map((_, i) => (to[channel][i] ?? 0) - (from[channel][i] ?? 0));
    const usual = differences.toSorted((a, b) => a - b)[points.length >> 1] ?? 0;
    const alike = differences.map((difference) => Math.abs(difference - usual) < ODD);
    return slopeThrough(
      points.filter((_, i) => alike[i]),
      differences.filter((_, i) => alike[i]),
    );
  });
  const none = { at: 0, across: 0, down: 0 };
  return { y: y ?? none, u: u ?? none, v: v ?? none };
}

/** The plane of least squares through values at points; level where the points do not span one. */
function slopeThrough(points: readonly Point[], values: readonly number[]): LightSlope {
  const count = Math.max(1, points.length);
  const mean = (of: (point: Point, index: number) => number) =>
    points.reduce((sum, point, index) => sum + of(point, index), 0) / count;
  const value = (index: number) => values[index] ?? 0;
  const [mu, mv] = [mean(([u]) => u), mean(([, v]) => v)];
  const middle = mean((_, i) => value(i));
  const uu = mean(([u]) => (u - mu) ** 2);
  const vv = mean(([, v]) => (v - mv) ** 2);
  const uv = mean(([u, v]) => (u - mu) * (v - mv));
  const uz = mean(([u], i) => (u - mu) * (value(i) - middle));
  const vz = mean(([, v], i) => (v - mv) * (value(i) - middle));
  const area = uu * vv - uv * uv;
  if (area < 1e-9) return { at: middle, across: 0, down: 0 };
  const across = (uz * vv - vz * uv) / area;
  const down = (vz * uu - uz * uv) / area;
  return { at: middle - across * mu - down * mv, across, down };
}
