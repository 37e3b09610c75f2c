import type { Canvas, Color, Paint } from "../drawing/canvas.ts";
import { type Area, NOWHERE, type Placement, union } from "../drawing/coverage.ts";
import { curve, ellipse, type Outline, stroke } from "../drawing/outline.ts";

/** What moves in the presenter's face. */
export type Expression = {
  /** 0 closed .. 1 wide open. */
  mouthOpen: number;
  /** −1 rounded (as in "oo") .. 1 spread (as in "ee"). */
  mouthWidth: number;
  /** 0 open .. 1 closed. */
  eyesClosed: number;
  /** 0 level .. 1 raised. */
  browsRaised: number;
};

const SKIN: Color = [236, 179, 146];
const SKIN_SHADE: Color = [216, 150, 118];
const HAIR: Color = [58, 42, 62];
const HAIR_LIGHT: Color = [84, 62, 86];
const SWEATER: Color = [246, 190, 84];
const SWEATER_LOW: Color = [232, 160, 58];
const COLLAR: Color = [224, 148, 46];
const INK: Color = [52, 38, 54];
const CHEEK: Color = [236, 122, 106];
const LIP: Color = [186, 88, 82];
const MOUTH: Color = [112, 36, 44];
const TONGUE: Color = [222, 106, 104];
const WHITE: Color = [255, 252, 248];

type Layer = [Outline, Paint];

const EAR = (side: number): Outline => [ellipse(79 * side, 10, 15, 22)];
const FACE = [
  curve("M -76 -30 C -78 -112 78 -112 76 -30 C 76 40 58 106 0 108 C -58 106 -76 40 -76 -30"),
];
const HAIR_BACK = [
  curve("M -80 -4 C -98 -90 -70 -140 0 -142 C 70 -140 98 -90 80 -4 C 60 -30 -60 -30 -80 -4"),
];
const HAIR_FRONT = [
  curve(
    "M -81 8 C -98 -84 -70 -140 -4 -148 C 66 -154 104 -92 81 8 C 74 10 70 4 70 -6 " +
      "C 72 -30 68 -48 56 -60 C 26 -50 -14 -58 -34 -82 C -42 -60 -62 -50 -68 -34 C -71 -26 -70 -16 -70 -6 C -70 4 -74 10 -81 8",
  ),
];
const HAIR_SHINE = [...stroke(curve("M -40 -112 C -20 -128 18 -132 42 -116"), 7)];
const NOSE = stroke(curve("M 3 2 C 7 14 12 24 8 29 C 5 33 -2 32 -5 30"), 4.4);

/** The part that never moves: shoulders and neck, cut off below by a circle round `(0, centreY)`. */
export function paintBody(
  canvas: Canvas,
  at: Placement,
  circle: { centreY: number; radius: number },
): void {
  const { centreY, radius } = circle;
  // The shoulders meet the circle at this angle below the horizontal.
  const angle = 45;
  const x = radius * Math.cos((angle * Math.PI) / 180);
  const y = centreY + radius * Math.sin((angle * Math.PI) / 180);
  const shoulders = [
    ...curve(`M ${-x} ${y} C ${-x + 16} ${y - 18} -92 138 -48 128 L 48 128`),
    ...curve(`M 48 128 C 92 138 ${x - 16} ${y - 18} ${x} ${y}`),
    ...ellipse(0, centreY, radius, radius, { start: angle, end: 180 - angle }),
  ];
  const neck = "M -38 62 C -36 100 -38 118 -54 132 C -30 168 30 168 54 132 C 38 118 36 100 38 62";
  const shade =
    "M -38 74 C -20 120 20 120 38 74 C 37 94 36 104 37 114 C 14 132 -14 132 -37 114 C -36 104 -37 94 -38 74";
  const collar = stroke(curve("M -55 130 C -34 169 34 169 55 130"), 15);
  const layers: Layer[] = [
    [[shoulders], { color: SWEATER, lower: SWEATER_LOW }],
    [[curve(neck)], { color: SKIN_SHADE, lower: SKIN }],
    [[curve(shade)], { color: SKIN_SHADE, alpha: 0.9 }],
    [collar, { color: COLLAR }],
  ];
  for (const [outline, paint] of layers) canvas.fill(outline, paint, at);
}

/** The head, its face centred on the placement. Returns the pixels it covers. */
export function paintHead(canvas: Canvas, at: Placement, expression: Expression): Area {
  const brow = -9 * expression.browsRaised;
  const layers: Layer[] = [
    [HAIR_BACK, { color: HAIR }],
    [EAR(-1), { color: SKIN_SHADE }],
    [EAR(1), { color: SKIN_SHADE }],
    [FACE, { color: SKIN, lower: [230, 168, 134] }],
    [[ellipse(-48, 42, 17, 11)], { color: CHEEK, alpha: 0.3 }],
    [[ellipse(48, 42, 17, 11)], { color: CHEEK, alpha: 0.3 }],
    [HAIR_FRONT, { color: HAIR }],
    [HAIR_SHINE, { color: HAIR_LIGHT, alpha: 0.8 }],
    [
      stroke(curve(`M -48 ${-27 + brow} Q -34 ${-37 + brow} -19 ${-29 + brow}`), 6.4),
      { color: HAIR },
    ],
    [stroke(curve(`M 19 ${-29 + brow} Q 34 ${-37 + brow} 48 ${-27 + brow}`), 6.4), { color: HAIR }],
    [NOSE, { color: SKIN_SHADE }],
    ...eye(-33, expression.eyesClosed),
    ...eye(33, expression.eyesClosed),
    ...mouth(expression),
  ];
  let area = NOWHERE;
  for (const [outline, paint] of layers) area = union(area, canvas.fill(outline, paint, at));
  return area;
}

function eye(x: number, closed: number): Layer[] {
  if (closed > 0.75)
    return [[stroke(curve(`M ${x - 11} 0 Q ${x} 7 ${x + 11} 0`), 4.6), { color: INK }]];
  const height = 11 * (1 - closed);
  return [
    [[ellipse(x, 0, 8.6, Math.max(2, height))], { color: INK }],
    [[ellipse(x + 3, -height * 0.36, 2.7, 2.7 * (1 - closed))], { color: WHITE }],
  ];
}

function mouth({ mouthOpen, mouthWidth }: Expression): Layer[] {
  const half = 25 + 5 * mouthWidth - 4 * mouthOpen;
  const top = 60;
  if (mouthOpen < 0.08) {
    return [[stroke(curve(`M ${-half} ${top} Q 0 ${top + 17} ${half} ${top}`), 5), { color: LIP }]];
  }
  const upper = top + 4 - 3 * mouthOpen;
  const depth = 10 + 34 * mouthOpen;
  const low = `C ${half - 1} ${top + depth} ${-half + 1} ${top + depth} ${-half} ${top}`;
  const shape = curve(`M ${-half} ${top} Q 0 ${upper} ${half} ${top} ${low}`);
  const bottom = top + depth * 0.75;
  const teeth = curve(
    `M ${-half + 5} ${top + 1} Q 0 ${upper + 1} ${half - 5} ${top + 1} Q ${half - 8} ${top + 8} 0 ${top + 8} Q ${-half + 8} ${top + 8} ${-half + 5} ${top + 1}`,
  );
  const tongueHeight = depth * 0.2;
  return [
    [stroke([...shape, ...shape.slice(0, 2)], 4.6), { color: LIP }],
    [[shape], { color: MOUTH }],
    ...(mouthOpen > 0.3
      ? ([
          [[teeth], { color: WHITE, alpha: 0.95 }],
          [[ellipse(0, bottom - tongueHeight, half * 0.5, tongueHeight)], { color: TONGUE }],
        ] satisfies Layer[])
      : []),
  ];
}
