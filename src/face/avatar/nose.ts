import type { Color } from "../../drawing/canvas.ts";
import type { Mask } from "../../drawing/mask.ts";
import { brush, ellipse, spline } from "../../drawing/outline.ts";
import type { Painting } from "../../drawing/painting.ts";
import { seededRandom } from "../../signal/seeded-random.ts";
import { onSide } from "./features.ts";
import { blush, fold, glow, paintLayers, shade } from "./skin-tints.ts";

const TIP_LIGHT: Color = [255, 236, 216];
const NOSTRIL_DARK: Color = [96, 44, 44];
const FRECKLE: Color = [168, 96, 70];
const FRECKLES = 34;

const LIT_FLANK = [-22, 440, -16, 500, -26, 552, -34, 556, -30, 500, -32, 446];
const SHADED_FLANK = [16, 442, 12, 500, 20, 545, 40, 560, 30, 500, 30, 446];
const RIDGE = [-4, 430, -4, 480, -6, 530];
/** Of the picture's right. */
const NOSTRIL = [8, 577, 14, 571.5, 22, 571, 27, 575, 24, 578.5, 15, 579.5];
const WING = [31, 547, 37, 556, 38.5, 567, 34, 576, 27, 578];

export function paintNose(painting: Painting, face: Mask): void {
  paintFreckles(painting, face);
  paintLayers(painting, face, [
    [spline(SHADED_FLANK, { closed: true }), shade(0.5, 9)],
    [spline(LIT_FLANK, { closed: true }), shade(0.18, 8)],
    [brush(spline(RIDGE), (t) => 8 + 5 * t), glow(0.55, 7)],
    // the ball, its shade below, the shadow that it casts on the lip, its light
    [ellipse(0, 561, 40, 24), blush(0.42, 11)],
    [ellipse(2, 580, 34, 9), shade(0.72, 5)],
    [ellipse(7, 593, 26, 10), shade(0.4, 8)],
    [ellipse(-7, 551, 11, 8), { color: TIP_LIGHT, alpha: 0.72, blur: 5 }],
  ]);
  for (const side of [-1, 1] as const) {
    const wing = brush(spline(onSide(WING, side)), (t) => 1.5 + 4.5 * Math.sin(Math.PI * t));
    const nostril = spline(onSide(NOSTRIL, side), { closed: true });
    paintLayers(painting, face, [
      [wing, fold(side === -1 ? 0.27 : 0.36, 2.4)],
      [nostril, { color: NOSTRIL_DARK, alpha: 0.72, blur: 1.5 }],
      [ellipse(29 * side, 560, 7, 8), glow(side === -1 ? 0.4 : 0.2, 4)],
    ]);
  }
}

/** A few, over the nose and the cheeks. */
function paintFreckles(painting: Painting, face: Mask): void {
  const random = seededRandom(17);
  const freckles = Array.from({ length: FRECKLES }, (_, i) => {
    const x = 8 * (i - (FRECKLES - 1) / 2) + 10 * (random() - 0.5);
    const y = 528 + 44 * (random() - 0.5) + 0.0009 * x * x;
    return ellipse(x, y, 1 + 1.1 * random(), 0.9 + random());
  });
  painting.paint(freckles, { color: FRECKLE, alpha: 0.24, blur: 0.8, within: face });
}
