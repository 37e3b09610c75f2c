import type { Color } from "../../drawing/canvas.ts";
import type { Mask } from "../../drawing/mask.ts";
import {
  brush,
  ellipse,
  moved,
  type Polygon,
  reversed,
  spline,
  swelling,
} from "../../drawing/outline.ts";
import type { Painting, Stops } from "../../drawing/painting.ts";
import { LOWER_LIP, onSide, SEAM, UPPER_LIP } from "./features.ts";
import { fold, glow, type Look, paintLayers, shade } from "./skin-tints.ts";

const UPPER: Stops = [
  [0, [196, 112, 98]],
  [1, [176, 88, 80]],
];
const LOWER_RED: Color = [214, 130, 114];
const LOWER: Stops = [
  [0, [200, 114, 100]],
  [0.35, LOWER_RED],
  [1, [200, 114, 100]],
];
const LOWER_LIGHT: Color = [255, 206, 192];
const UPPER_LIGHT: Color = [240, 168, 152];
const SEAM_SHADE: Color = [112, 42, 46];

/** From the nose to the corner of the mouth, of the picture's right. */
const SMILE_FOLD = [45, 578, 66, 598, 84, 626];

/**
 * Lips that a warp may part along the seam: each ends there in its own soft shade, and no hard line
 * is drawn along it.
 */
export function paintMouth(painting: Painting, face: Mask): void {
  paintSurroundings(painting, face);
  const [top, seam, bottom] = [spline(UPPER_LIP), spline(SEAM), spline(LOWER_LIP)];
  const upper = [...top, ...reversed(seam)];
  const lower = [...seam, ...reversed(bottom)];
  paintLayers(painting, face, [
    // the red fades into the skin
    [[...top, ...reversed(bottom)], { color: LOWER_RED, alpha: 0.5, blur: 2.5 }],
    [upper, { color: { stops: UPPER, from: [0, 609], to: [0, 641] }, blur: 0.7 }],
    [lower, { color: { stops: LOWER, from: [0, 634], to: [0, 667] }, blur: 0.7 }],
  ]);
  const lips = painting.mask([upper, lower]);
  paintLayers(painting, lips, [
    [ellipse(-62, 633, 14, 16), fold(0.3, 7)],
    [ellipse(60, 636, 20, 20), fold(0.4, 9)],
    [ellipse(-15, 648, 22, 5.5), { color: LOWER_LIGHT, alpha: 0.62, blur: 4 }],
    [ellipse(18, 649, 12, 4.5), { color: LOWER_LIGHT, alpha: 0.3, blur: 4 }],
    [ellipse(-13, 619, 13, 3), { color: UPPER_LIGHT, alpha: 0.5, blur: 3 }],
    [seamLine(seam, 3.4, 3.4), { color: SEAM_SHADE, alpha: 0.62, blur: 2.2 }],
  ]);
  paintLayers(painting, face, [
    [seamLine(seam, 1.2, 1.6), { color: SEAM_SHADE, alpha: 0.75, blur: 0.8 }],
    // the edge of the upper lip catches light
    [brush(moved(spline(UPPER_LIP.slice(4, -4)), 0, -3), () => 2), glow(0.35, 1.6)],
  ]);
}

/** Philtrum, the hollow below the lower lip, the corners' dimples and the folds of a smile. */
function paintSurroundings(painting: Painting, face: Mask): void {
  const onBothSides = [-1, 1].flatMap((side): [Polygon, Look][] => [
    [ellipse(74 * side, 619, 5, 8), shade(0.6, 4)],
    [brush(spline(onSide(SMILE_FOLD, side === 1 ? 1 : -1)), swelling(8)), shade(0.34, 6)],
  ]);
  paintLayers(painting, face, [
    [ellipse(3, 598, 6, 10), shade(0.4, 4)],
    [ellipse(-12, 600, 3, 9), glow(0.3, 3)],
    [ellipse(3, 673, 36, 7), shade(0.66, 7)],
    ...onBothSides,
  ]);
}

function seamLine(seam: Polygon, ends: number, middle: number): Polygon {
  return brush(seam, (t) => ends + middle * Math.sin(Math.PI * t));
}
