import type { Color } from "../../drawing/canvas.ts";
import { type Mask, without } from "../../drawing/mask.ts";
import { brush, ellipse, moved, type Polygon, reversed, spline } from "../../drawing/outline.ts";
import type { Painting } from "../../drawing/painting.ts";
import { seededRandom } from "../../signal/seeded-random.ts";
import { onSide } from "./features.ts";
import { type Look, paintLayers, shade } from "./skin-tints.ts";
import { comb, type Lock, lockOutline, looseHairs } from "./strands.ts";

const DARK: Color = [44, 27, 28];
const MIDDLE: Color = [74, 47, 42];
const WARM: Color = [100, 66, 54];
const TONES: readonly Color[] = [
  [40, 24, 26],
  [58, 36, 34],
  [92, 58, 48],
  [122, 78, 58],
];
const NAPE_TONES: readonly Color[] = [
  [30, 18, 20],
  [44, 27, 28],
  [64, 40, 36],
];
const SHINE: Color = [206, 148, 104];
const SHEEN: Color = [214, 150, 108];
const DEPTH: Color = [92, 58, 62];
const RIM: Color = [255, 214, 170];
const LOOSE: Color = [92, 60, 50];

/** From the part over the forehead to the picture's left. */
const SWEEP: Lock = {
  guides: [
    [76, 294, 36, 252, -28, 258, -94, 298, -140, 350, -165, 424],
    [74, 266, 28, 216, -50, 216, -126, 264, -170, 340, -180, 452],
    [70, 232, 20, 182, -70, 176, -152, 232, -194, 330, -194, 476],
    [58, 188, 6, 148, -88, 145, -176, 206, -216, 322, -206, 500],
    [38, 127, -22, 117, -110, 125, -194, 190, -232, 312, -212, 524],
  ],
  strands: 190,
  shine: 0.42,
};
/** From the part to the picture's right. */
const SIDE: Lock = {
  guides: [
    [76, 294, 102, 286, 132, 308, 150, 346, 162, 392, 168, 440],
    [74, 266, 112, 248, 152, 280, 174, 338, 182, 396, 180, 464],
    [70, 232, 120, 206, 172, 238, 199, 318, 204, 400, 192, 486],
    [58, 188, 114, 162, 182, 196, 216, 296, 220, 404, 202, 506],
    [38, 127, 100, 124, 176, 158, 226, 270, 234, 404, 208, 524],
  ],
  strands: 130,
  shine: 0.36,
};
/** Behind the ear of the picture's right. */
const NAPE: Lock = {
  guides: [
    [150, 300, 176, 410, 182, 486, 168, 556, 136, 612, 100, 650],
    [170, 290, 196, 396, 200, 486, 184, 560, 152, 618, 114, 656],
    [186, 270, 214, 380, 215, 480, 198, 560, 168, 614, 136, 648],
    [194, 250, 224, 370, 226, 474, 210, 552, 184, 602, 156, 634],
  ],
  strands: 70,
  shine: 0.4,
};
const BEHIND = [
  ...[-150, 300, -206, 430, -184, 560, -110, 640, 0, 600],
  ...[110, 640, 184, 560, 206, 430, 150, 300],
];
const PART = [78, 300, 72, 250, 58, 190, 38, 130];
const FRINGE = [40, 254, -28, 262, -94, 302, -140, 352, -164, 424];

/** What lies behind the neck and the ears. */
export function paintHairBehind(painting: Painting): void {
  painting.paint([spline(BEHIND)], { color: DARK });
  for (const side of [-1, 1] as const) {
    const lock = { ...NAPE, guides: NAPE.guides.map((guide) => onSide([...guide], side)) };
    painting.paint([lockOutline(lock, 0.93)], { color: DARK, blur: 0.8 });
    paintLock(painting, lock, { seed: 5 + side, tones: NAPE_TONES, shine: 0.1 });
  }
}

/** What lies over the forehead and the temples, and its shadow on them. */
export function paintHair(painting: Painting, face: Mask): void {
  // Both run the same way round: where they meet at the part, one must not cut the other out.
  const outline = [lockOutline(SWEEP, 0.9), reversed(lockOutline(SIDE, 0.9))];
  const cast = outline.map((line) => moved(line, 5, 15));
  painting.paint(cast, { ...shade(0.8, 11), within: face });
  const hair = painting.mask(outline, { blur: 0.8 });
  painting.fill(hair, {
    color: {
      stops: [
        [0, WARM],
        [0.6, MIDDLE],
        [1, DARK],
      ],
      centre: [-70, 210],
      radius: [330, 330],
    },
  });
  paintLock(painting, SWEEP, { seed: 11, tones: TONES, shine: 0.4 });
  paintLock(painting, SIDE, { seed: 12, tones: TONES, shine: 0.4 });
  paintVolume(painting, hair);
  // light from behind along the edge that is away from the light
  const inner = painting.mask(
    outline.map((line) => moved(line, -5, 3)),
    { blur: 2.5 },
  );
  paintLayers(painting, without(hair, inner), [
    [[110, 90, 330, 90, 330, 560, 110, 560], { color: RIM, alpha: 0.5, blur: 30 }],
  ]);
  const random = seededRandom(29);
  const loose = [SWEEP, SIDE].flatMap((lock) => looseHairs(lock, random));
  painting.paint(loose, { color: LOOSE, alpha: 0.55, blur: 0.5 });
}

/** Deep at the part, at the tips, away from the light and at the forehead; a broad sheen on top. */
function paintVolume(painting: Painting, hair: Mask): void {
  const depth = (alpha: number, blur: number): Look => ({
    ...{ color: DEPTH, alpha, blur },
    blend: "multiply",
  });
  const sheen = (alpha: number, blur: number): Look => ({
    ...{ color: SHEEN, alpha, blur },
    blend: "screen",
  });
  const band = (line: number[], width: number): Polygon =>
    brush(spline(line), (t) => width * Math.sin(Math.PI * t) + 3);
  paintLayers(painting, hair, [
    [brush(spline(PART), (t) => 24 - 16 * t), depth(0.7, 8)],
    [ellipse(-190, 470, 40, 80), depth(0.6, 24)],
    [ellipse(196, 450, 40, 90), depth(0.6, 24)],
    [ellipse(240, 300, 46, 160), depth(0.5, 26)],
    [brush(spline(FRINGE), () => 12), depth(0.5, 7)],
    [band([-10, 196, -84, 200, -140, 246, -178, 320], 52), sheen(0.3, 20)],
    [band([118, 214, 160, 250, 184, 310], 26), sheen(0.26, 14)],
  ]);
}

function paintLock(
  painting: Painting,
  lock: Lock,
  look: { seed: number; tones: readonly Color[]; shine: number },
): void {
  const random = seededRandom(look.seed);
  const { groups, shine } = comb(lock, { tones: look.tones.length, random });
  for (const [index, color] of look.tones.entries()) {
    painting.paint(groups[index] ?? [], { color, alpha: 0.6, blur: 0.5 });
  }
  painting.paint(shine, { color: SHINE, alpha: look.shine, blur: 0.7 });
}
