import type { Color } from "../../drawing/canvas.ts";
import { type Mask, without } from "../../drawing/mask.ts";
import { brush, ellipse, mirrored, moved, reversed, spline } from "../../drawing/outline.ts";
import type { Painting } from "../../drawing/painting.ts";
import { onSide } from "./features.ts";
import {
  blush,
  fold,
  glow,
  paintLayers,
  SKIN,
  SKIN_DARK,
  SKIN_SHADE,
  shade,
} from "./skin-tints.ts";

const CHEEKBONE: Color = [255, 226, 200];
const RIM: Color = [255, 226, 196];

/** The face's edge on the picture's right, from the top to the chin. */
const HALF_FACE = [
  ...[0, 236, 88, 250, 146, 304, 168, 384, 170, 462, 163, 540],
  ...[146, 610, 112, 666, 70, 704, 34, 722, 0, 728],
];

/** Ear of the picture's right. */
const EAR = [
  ...[164, 458, 178, 444, 196, 446, 203, 468, 198, 500],
  ...[190, 530, 180, 552, 168, 556, 160, 530],
];
const EAR_RIDGE = [172, 462, 186, 458, 192, 472, 188, 496, 180, 520];
const EAR_HOLLOW = [170, 478, 180, 480, 181, 500, 174, 518, 166, 512];

/** Ears lie behind the head. */
export function paintEars(painting: Painting): void {
  for (const side of [-1, 1] as const) {
    const on = (line: number[]) => onSide(line, side);
    const ear = painting.mask([spline(on(EAR), { closed: true })]);
    const [upper, lower] = side === -1 ? [SKIN, SKIN_SHADE] : [SKIN_SHADE, SKIN_DARK];
    const stops = [[0, upper] as const, [1, lower] as const];
    painting.fill(ear, { color: { stops, from: [0, 450], to: [0, 556] } });
    const ridge = brush(spline(on(EAR_RIDGE)), (t) => 7 * Math.sin(Math.PI * t) + 1);
    paintLayers(painting, ear, [
      [spline(on(EAR_HOLLOW), { closed: true }), fold(0.42, 4)],
      [ridge, fold(0.3, 2)],
      [ellipse(176 * side, 540, 14, 16), blush(0.4, 6)],
    ]);
  }
}

/** The face without its features. Returns its mask, which bounds them. */
export function paintFace(painting: Painting): Mask {
  const left = reversed(mirrored(HALF_FACE.slice(2, -2)));
  const outline = spline([...HALF_FACE, ...left], { closed: true });
  const face = painting.mask([outline]);
  painting.fill(face, {
    color: {
      stops: [
        [0, [249, 208, 175]],
        [0.4, [240, 189, 153]],
        [0.75, [228, 168, 133]],
        [1, [208, 142, 112]],
      ],
      centre: [-64, 430],
      radius: [270, 350],
    },
  });
  paintTurnedSide(painting, face);
  paintLayers(painting, face, [
    // eye sockets, temple, the hollow below the cheekbone, the turn of the jaw
    [ellipse(-46, 438, 30, 24), shade(0.3, 14)],
    [ellipse(46, 438, 30, 24), shade(0.42, 14)],
    [ellipse(-160, 420, 24, 70), shade(0.35, 18)],
    [ellipse(-142, 606, 20, 80), shade(0.35, 18)],
    [ellipse(0, 738, 130, 26), shade(0.62, 15)],
    [ellipse(-98, 556, 44, 30), blush(0.5, 22)],
    [ellipse(100, 556, 42, 30), blush(0.5, 22)],
    // light on the forehead, the cheekbones and the chin
    [ellipse(-44, 352, 76, 40), glow(0.62, 28)],
    [ellipse(-92, 524, 36, 18), { color: CHEEKBONE, alpha: 0.55, blur: 14 }],
    [ellipse(88, 524, 28, 13), glow(0.35, 13)],
    [ellipse(-10, 697, 30, 14), glow(0.5, 12)],
  ]);
  // a thin light from behind along the shaded cheek
  const edge = without(face, painting.mask([moved(outline, -5, -2)], { blur: 2 }));
  paintLayers(painting, edge, [
    [[60, 480, 300, 440, 300, 730, 40, 730], { color: RIM, alpha: 0.62, blur: 26 }],
  ]);
  return face;
}

/** The side away from the light turns into shade, first slowly and then faster. */
function paintTurnedSide(painting: Painting, face: Mask): void {
  for (const { x, blur } of [
    { x: 104, blur: 34 },
    { x: 138, blur: 16 },
  ]) {
    const limit = [-700, 0, x, 150, x + 26, 420, x + 8, 600, x - 60, 800, -700, 900];
    const lit = painting.mask([spline(limit)], { blur });
    painting.fill(without(face, lit), shade(0.5, 0));
  }
}
