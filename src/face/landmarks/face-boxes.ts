/** What the detector sees of a face, in pixels of its input. */
export type FaceBox = {
  /** 0..1 */
  score: number;
  x: number;
  y: number;
  width: number;
  height: number;
  /** The eyes' line against the picture's, clockwise, radians. */
  angle: number;
};

/** Pixels a side of the detector's input. */
export const DETECTOR_INPUT = 256;

/** Pixels between the anchors of a level, and how many stand at each place. */
const LEVELS = [
  { stride: 16, anchors: 2 },
  { stride: 32, anchors: 6 },
] as const;

/** Middle, size, and six points: both eyes, nose, mouth, both ears. */
const NUMBERS_PER_BOX = 16;
/** Boxes that share more of their common area than this are of one face. */
const SAME_FACE = 0.3;

/** For each level, a logit and the numbers of a box for every anchor, as the detector gives them. */
export type DetectorOutput = { logits: Float32Array; boxes: Float32Array }[];

/**
 * The faces in the output of BlazeFace with an input of 256 pixels: anchors, decoding and the weighted
 * mean of the boxes of one face as in MediaPipe's face detection (Bazarevsky et al., "BlazeFace:
 * Sub-millisecond Neural Face Detection on Mobile GPUs", 2019). The surest first.
 */
export function facesInOutput(output: DetectorOutput, minScore: number): FaceBox[] {
  const candidates = LEVELS.flatMap(({ stride, anchors }, level) => {
    const { logits, boxes } = output[level] ?? { logits: new Float32Array(), boxes: [] };
    const perRow = DETECTOR_INPUT / stride;
    const found: FaceBox[] = [];
    for (let index = 0; index < logits.length; index++) {
      const score = 1 / (1 + Math.exp(-(logits[index] ?? 0)));
      if (score < minScore) continue;
      const place = Math.floor(index / anchors);
      const anchorX = ((place % perRow) + 0.5) * stride;
      const anchorY = (Math.floor(place / perRow) + 0.5) * stride;
      const at = (offset: number) => boxes[index * NUMBERS_PER_BOX + offset] ?? 0;
      found.push({
        score,
        x: anchorX + at(0),
        y: anchorY + at(1),
        width: at(2),
        height: at(3),
        angle: Math.atan2(at(7) - at(5), at(6) - at(4)),
      });
    }
    return found;
  });
  return joined(candidates.toSorted((a, b) => b.score - a.score));
}

/** One box for each face: the mean of its boxes, weighted by their scores, with the best score. */
function joined(sorted: FaceBox[]): FaceBox[] {
  const faces: FaceBox[] = [];
  let rest = sorted;
  for (let best = rest[0]; best !== undefined; best = rest[0]) {
    const top = best;
    const same = rest.filter((box) => box === top || overlap(box, top) > SAME_FACE);
    const weight = same.reduce((sum, { score }) => sum + score, 0);
    const mean = (of: (box: FaceBox) => number) =>
      same.reduce((sum, box) => sum + of(box) * box.score, 0) / weight;
    faces.push({
      score: top.score,
      x: mean(({ x }) => x),
      y: mean(({ y }) => y),
      width: mean(({ width }) => width),
      height: mean(({ height }) => height),
      angle: Math.atan2(
        mean(({ angle }) => Math.sin(angle)),
        mean(({ angle }) => Math.cos(angle)),
      ),
    });
    rest = rest.filter((box) => !same.includes(box));
  }
  return faces;
}

export type Rectangle = { x: number; y: number; width: number; height: number };

/** The common area of two rectangles, given by their middles, over the area of both, 0..1. */
export function overlap(a: Rectangle, b: Rectangle): number {
  const common =
    Math.max(0, shared(a.x, a.width, b.x, b.width)) *
    Math.max(0, shared(a.y, a.height, b.y, b.height));
  const both = a.width * a.height + b.width * b.height - common;
  return both > 0 ? common / both : 0;
}

function shared(a: number, lengthA: number, b: number, lengthB: number): number {
  const end = Math.min(a + lengthA / 2, b + lengthB / 2);
  return end - Math.max(a - lengthA / 2, b - lengthB / 2);
}
