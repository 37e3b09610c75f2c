import type { Color } from "../../drawing/canvas.ts";
import type { Mask } from "../../drawing/mask.ts";
import { brush, ellipse, moved, reversed, spline, swelling } from "../../drawing/outline.ts";
import type { Painting, Stops } from "../../drawing/painting.ts";
import { seededRandom } from "../../signal/seeded-random.ts";
import { EYES, type Eye, onSide } from "./features.ts";
import { fold, glow, paintLayers, shade } from "./skin-tints.ts";

const WHITE: Color = [248, 241, 236];
const INNER_CORNER: Color = [232, 152, 136];
const OUTER_CORNER: Color = [222, 178, 164];
const LID_SHADOW: Color = [120, 84, 88];
const LASH: Color = [52, 32, 34];
const LOWER_LASH: Color = [124, 68, 62];
const WET_RIM: Color = [250, 206, 186];
const SPARK: Color = [255, 254, 250];
const PUPIL: Color = [26, 16, 18];
const IRIS: Stops = [
  [0.3, [62, 34, 24]],
  [0.5, [118, 70, 38]],
  [0.8, [134, 84, 46]],
  [1, [56, 34, 28]],
];
const IRIS_LIGHT: Color = [226, 166, 96];
const FIBRE: Color = [206, 150, 90];
const FIBRES = 46;
const IRIS_RADIUS = 22.5;

/** Of the picture's right: above the lid, and where bags would be. */
const CREASE = [46, 448, 58, 435.5, 73, 428, 88, 426.5, 105, 431, 121, 442, 133, 453];
const UNDER_EYE = [50, 492, 76, 501, 104, 497];
/** The lashes go on beyond the outer corner to here. */
const LASHES_END = [131, 461];

/** Open eyes whose lids carry no line that a closing lid would tear. */
export function paintEyes(painting: Painting, face: Mask): void {
  for (const eye of EYES) paintEye(painting, face, eye);
}

function paintEye(painting: Painting, face: Mask, { side, upper, lower, iris }: Eye): void {
  const [lid, rim] = [spline(upper), spline(lower)];
  const [x, y] = iris;
  paintLayers(painting, face, [
    [[...moved(lid, 0, 2), ...reversed(moved(lid, 0, -7))], shade(0.3, 8)],
  ]);
  const opening = painting.mask([[...lid, ...reversed(rim)]]);
  painting.fill(opening, { color: WHITE });
  paintLayers(painting, opening, [
    [ellipse(42 * side, 474, 8, 6), { color: INNER_CORNER, alpha: 0.85, blur: 2 }],
    [ellipse(124 * side, 466, 9, 12), { color: OUTER_CORNER, alpha: 0.6, blur: 4 }],
  ]);
  paintIris(painting, opening, iris);
  paintLayers(painting, opening, [
    // what the lid casts on the eyeball; the sparks lie above it, on the side of the light
    [brush(lid, () => 17), { color: LID_SHADOW, alpha: 0.62, blur: 5 }],
    [ellipse(x - 8, y - 9, 5.6, 6.2), { color: SPARK, blur: 0.8 }],
    [ellipse(x + 9, y + 9, 3), { color: SPARK, alpha: 0.5, blur: 1 }],
  ]);
  const lashes = spline([...upper, ...onSide(LASHES_END, side)]);
  const crease = brush(spline(onSide(CREASE, side)), (t) => 0.8 + 2.6 * Math.sin(Math.PI * t));
  paintLayers(painting, face, [
    [brush(moved(rim, 0, 2.2), swelling(3.4)), { color: WET_RIM, alpha: 0.8, blur: 1 }],
    [brush(rim, (t) => 0.6 + 1.6 * t), { color: LOWER_LASH, alpha: 0.55, blur: 0.8 }],
    [brush(moved(lashes, 0, -1.5), lashWidth), { color: LASH, blur: 0.7 }],
    [brush(moved(lid, 0, -6), swelling(5)), glow(side === -1 ? 0.4 : 0.25, 2)],
    [crease, fold(0.6, 1.2)],
    [brush(spline(onSide(UNDER_EYE, side)), swelling(4)), shade(0.4, 4)],
  ]);
}

/** Thin at the nose, thickest beyond the middle, pointed at the end. */
function lashWidth(along: number): number {
  return 1.4 + 6.2 * Math.sin(Math.PI * (0.12 + 0.8 * along)) ** 1.2;
}

function paintIris(painting: Painting, opening: Mask, [x, y]: Eye["iris"]): void {
  const radius = [IRIS_RADIUS, IRIS_RADIUS] as const;
  const disc = painting.mask([ellipse(x, y, IRIS_RADIUS)], { blur: 0.9, within: opening });
  painting.fill(disc, { color: { stops: IRIS, centre: [x, y], radius } });
  const random = seededRandom(7);
  const fibres = Array.from({ length: FIBRES }, (_, i) => {
    const angle = ((i + random()) / FIBRES) * 2 * Math.PI;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [near, far] = [9 + 2 * random(), 15 + 5 * random()];
    return brush([x + near * cos, y + near * sin, x + far * cos, y + far * sin], () => 0.9);
  });
  painting.paint(fibres, { color: FIBRE, alpha: 0.35, within: disc });
  paintLayers(painting, disc, [
    [ellipse(x + 3, y + 11, 15, 8), { color: IRIS_LIGHT, alpha: 0.75, blur: 4 }],
    [ellipse(x, y, 9.6), { color: PUPIL, blur: 0.8 }],
  ]);
}
