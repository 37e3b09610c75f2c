import { clamp, mix, smoothstep } from "./easing.ts";

/** Of the way down, so much follows the eyes when they look down. */
const GAZE_LID = 0.16;
/** Skin is never shown stretched more than 4 times. */
const STEEPEST = 0.75;

/** How far the upper lid is down, 0..1 of the opening, when an eye blinks and looks somewhere. */
export function lidWay({ blink, gazeY }: { blink: number; gazeY: number }): number {
  const following = GAZE_LID * clamp(gazeY, 0, 1);
  return following + (1 - following) * clamp(blink, 0, 1);
}

/** A column of an eye while its lid is down. All are v in widths of the eye. */
export type LidColumn = {
  /** From here down the skin is stretched: the brow's lower edge. */
  crease: number;
  /** The lid's edge in the source, and where it is now: `edge` ≤ `now`. */
  edge: number;
  now: number;
};

/**
 * v in the source of what a lid shows at v: its edge with the lashes moves as one, the skin above it
 * is stretched, and the crease stays.
 */
export function lidSource(v: number, { crease, edge, now }: LidColumn): number {
  if (v <= crease || v >= now) return v;
  const length = Math.max(1e-4, now - crease);
  const share = (v - crease) / length;
  // A smooth step is up to 1.5 times as steep as a straight line: as much of it as turns nothing over.
  const smooth = clamp((STEEPEST / ((now - edge) / length + 1e-6) - 1) / 0.5, 0, 1);
  return v - (now - edge) * mix(share, smoothstep(0, 1, share), smooth);
}
