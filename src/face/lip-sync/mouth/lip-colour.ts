import { smoothstep } from "../../portrait/easing.ts";
import type { Colour, FaceColours } from "../../portrait/face-colours.ts";

/**
 * From where to where a colour becomes that of lips: how far its hue is on the way from teeth's to
 * lips', and its luma over that of lips.
 */
const HUE = [0.45, 0.75] as const;
const LUMA = [0.5, 0.72] as const;
/** Lips and teeth of hues nearer than this, levels, cannot be told apart. */
const LEAST_DISTANCE = 4;

/** How far a colour may be that of lips, 0..1: as red as they are and not dark. */
export function lipShare(colour: Colour, { lips, teeth }: FaceColours): number {
  const [du, dv] = [lips.u - teeth.u, lips.v - teeth.v];
  const length = du * du + dv * dv;
  if (length < LEAST_DISTANCE ** 2) return 0;
  const hue = ((colour.u - teeth.u) * du + (colour.v - teeth.v) * dv) / length;
  return smoothstep(...HUE, hue) * smoothstep(...LUMA, colour.y / Math.max(1, lips.y));
}
