import type { Color } from "../../drawing/canvas.ts";
import { brush, reversed, spline } from "../../drawing/outline.ts";
import type { Painting, Stops } from "../../drawing/painting.ts";
import { onSide } from "./features.ts";
import { paintLayers } from "./skin-tints.ts";

const CLOTH: Color = [196, 98, 76];
const CLOTH_DARK: Color = [122, 50, 46];
const CLOTH_LIGHT: Color = [230, 140, 108];
const LIT_LAPEL: Stops = [
  [0, [232, 146, 114]],
  [1, [196, 98, 78]],
];
const SHADED_LAPEL: Stops = [
  [0, [204, 108, 84]],
  [1, [150, 68, 58]],
];
const LAPEL_SHADOW: Color = [84, 30, 32];
const ON_SHIRT: Color = [120, 84, 80];
const RIM: Color = [255, 222, 190];

/** Of the picture's right: the shoulder from the neck down, the front's edge, the lapel from the neck. */
const SHOULDER = [88, 768, 150, 802, 240, 830, 330, 866, 392, 924, 420, 1040];
const FRONT = [96, 778, 108, 858, 92, 938, 70, 1040];
const UPPER_LAPEL = [92, 770, 134, 800, 176, 836, 190, 858];
const NOTCH = [160, 878];
const LOWER_LAPEL = [196, 900, 160, 963, 100, 1040];
const FOLDS = [
  { line: [300, 868, 270, 928, 262, 1040], alpha: 0.5 },
  { line: [210, 878, 190, 938, 196, 1040], alpha: 0.35 },
];
const SHIRT_FRONT = [-150, 858, 150, 858, 150, 1040, -150, 1040];

/** One half of the jacket, with its lapel. */
export function paintJacket(painting: Painting, side: -1 | 1): void {
  const on = (line: number[]) => onSide(line, side);
  const isLit = side === -1;
  const front = spline(FRONT);
  const coat = painting.mask([on([...spline(SHOULDER), ...reversed(front)])]);
  painting.paint([on(brush(front, () => 26))], {
    color: ON_SHIRT,
    alpha: 0.4,
    blur: 12,
    without: coat,
    within: painting.mask([SHIRT_FRONT], { blur: 20 }),
  });
  painting.fill(coat, {
    color: {
      stops: [
        [0, isLit ? CLOTH_LIGHT : CLOTH],
        [0.5, CLOTH],
        [1, CLOTH_DARK],
      ],
      from: isLit ? [-330, 860] : [100, 840],
      to: isLit ? [-60, 1040] : [400, 1060],
    },
  });
  for (const { line, alpha } of FOLDS) {
    const fold = on(brush(spline(line), (t) => 6 + 16 * t));
    paintLayers(painting, coat, [[fold, { color: CLOTH_DARK, alpha, blur: 9 }]]);
  }
  const edge = [...spline(UPPER_LAPEL), ...NOTCH, ...spline(LOWER_LAPEL)];
  const lapel = painting.mask([on([...edge, ...reversed(front)])]);
  const below = { color: LAPEL_SHADOW, alpha: 0.55, blur: 6 };
  painting.paint([on(brush(edge, () => 12))], { ...below, within: coat, without: lapel });
  const stops = isLit ? LIT_LAPEL : SHADED_LAPEL;
  painting.fill(lapel, { color: { stops, from: [110 * side, 778], to: [140 * side, 1000] } });
  paintLayers(painting, lapel, [
    [on(brush(front, () => 3)), { color: CLOTH_LIGHT, alpha: 0.6, blur: 1.4 }],
  ]);
  if (isLit) return;
  const rim = on(brush(spline(SHOULDER), () => 7));
  paintLayers(painting, coat, [[rim, { color: RIM, alpha: 0.55, blur: 3 }]]);
}
