import type { Color } from "../../drawing/canvas.ts";
import type { Mask } from "../../drawing/mask.ts";
import { brush, ellipse, mirrored, moved, reversed, spline } from "../../drawing/outline.ts";
import type { Painting } from "../../drawing/painting.ts";
import { paintJacket } from "./jacket.ts";
import { fold, glow, paintLayers, SKIN_DARK, shade } from "./skin-tints.ts";

/** The head's shadow is paler than a fold's. */
const CAST: Color = [204, 152, 138];
const SHIRT: Color = [248, 236, 220];
const SHIRT_SHADE: Color = [206, 178, 162];
const SHIRT_LIGHT: Color = [255, 248, 238];

/** Of the picture's right, from the ear down. */
const HALF_NECK = [76, 600, 77, 690, 82, 728, 98, 778, 150, 816, 170, 878, 120, 958, 0, 978];
const HEAD_SHADOW = [-130, 640, -84, 720, -20, 768, 50, 776, 96, 750, 130, 640];
const COLLAR = [-112, 790, -84, 836, -44, 868, 0, 878, 44, 868, 84, 836, 112, 790];

/** Neck and shoulders, in a shirt and an open jacket. */
export function paintBody(painting: Painting): void {
  const neck = paintNeck(painting);
  const collar = spline(COLLAR);
  const shirt = painting.mask([[...collar, 260, 1040, -260, 1040]]);
  const stops = [[0, SHIRT] as const, [1, SHIRT_SHADE] as const];
  painting.fill(shirt, { color: { stops, from: [-90, 880], to: [110, 960] } });
  const crease = brush(spline([-20, 908, -34, 958, -30, 1030]), (t) => 9 * t + 3);
  paintLayers(painting, shirt, [
    [brush(moved(collar, 0, 15), () => 3), { color: SHIRT_SHADE, alpha: 0.8, blur: 1.2 }],
    [brush(collar, () => 4), { color: SHIRT_LIGHT, alpha: 0.8, blur: 1 }],
    [crease, { color: SHIRT_SHADE, alpha: 0.55, blur: 6 }],
  ]);
  painting.paint([brush(collar, () => 12)], { ...fold(0.4, 5), within: neck, without: shirt });
  for (const side of [-1, 1] as const) paintJacket(painting, side);
}

function paintNeck(painting: Painting): Mask {
  const left = reversed(mirrored(HALF_NECK.slice(0, -2)));
  const neck = painting.mask([spline([...HALF_NECK, ...left], { closed: true })]);
  painting.fill(neck, {
    color: {
      stops: [
        [0, [232, 176, 142]],
        [0.45, [222, 160, 127]],
        [1, SKIN_DARK],
      ],
      from: [-90, 760],
      to: [96, 800],
    },
  });
  const cast = { color: CAST, alpha: 0.8, blur: 16, blend: "multiply" } as const;
  paintLayers(painting, neck, [
    [spline(HEAD_SHADOW, { closed: true }), cast],
    // muscles, and the hollow between the collar bones
    [brush(spline([66, 698, 50, 768, 20, 828]), (t) => 10 + 8 * t), shade(0.5, 9)],
    [brush(spline([-70, 718, -52, 778, -22, 826]), () => 9), glow(0.28, 7)],
    [ellipse(0, 834, 16, 10), fold(0.35, 7)],
  ]);
  return neck;
}
