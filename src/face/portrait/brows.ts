import { bump, clamp, smoothstep } from "./easing.ts";
import { BROW_HALF, FOREHEAD_REACH } from "./eye-geometry.ts";

/** The farthest way of a brow up, and down, widths of the eye. */
const RAISE = 0.13;
const LOWER = 0.07;
/** Of the skin between brow and lid, no more than this is gained or lost. */
const SKIN_SHARE = 0.4;

/** Where a brow is, v in widths of the eye: its middle, its lower edge and the upper lid's edge. */
export type BrowColumn = { brow: number; browEdge: number; lid: number };

/** How much lower in the source what is seen at (u, v) lies while the brow is raised by `brows`, −1..1. */
export function browLift(
  { u, v }: { u: number; v: number },
  { brow, browEdge, lid }: BrowColumn,
  brows: number,
): number {
  const way = Math.min(brows > 0 ? RAISE : LOWER, SKIN_SHARE * (lid - browEdge));
  const along = bump((u * u) / (BROW_HALF * BROW_HALF));
  const share =
    v < brow ? smoothstep(brow - FOREHEAD_REACH, brow - 0.1, v) : 1 - smoothstep(browEdge, lid, v);
  return clamp(brows, -1, 1) * way * along * share;
}
