import type { Color } from "../../drawing/canvas.ts";
import type { Mask } from "../../drawing/mask.ts";
import type { Polygon } from "../../drawing/outline.ts";
import type { Painting, Tint } from "../../drawing/painting.ts";

export const SKIN: Color = [233, 176, 140];
export const SKIN_SHADE: Color = [214, 146, 116];
export const SKIN_DARK: Color = [184, 112, 90];
/** What light adds. */
export const LIGHT: Color = [250, 210, 178];
/** A glaze: skin stays warm in shadows. */
const SHADOW: Color = [196, 132, 116];
/** The colour of folds. */
const FOLD: Color = [140, 78, 72];
const BLUSH: Color = [244, 150, 132];

/** How one layer is painted: what colour, how thick, and how soft its edge is. */
export type Look = Tint & { blur: number };

/** `alpha` 0..1; `blur` in units of the drawing. */
export function shade(alpha: number, blur: number): Look {
  return { color: SHADOW, alpha, blur, blend: "multiply" };
}

export function glow(alpha: number, blur: number): Look {
  return { color: LIGHT, alpha, blur };
}

export function fold(alpha: number, blur: number): Look {
  return { color: FOLD, alpha, blur };
}

export function blush(alpha: number, blur: number): Look {
  return { color: BLUSH, alpha, blur };
}

/** Paints shapes one over the other, none of them outside `within`. */
export function paintLayers(
  painting: Painting,
  within: Mask,
  layers: readonly (readonly [Polygon, Look])[],
): void {
  for (const [shape, look] of layers) painting.paint([shape], { ...look, within });
}
