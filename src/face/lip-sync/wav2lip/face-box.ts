import { AppError } from "../../../domain/app-error.ts";
import type { Face } from "../../../domain/face.ts";
import { FACE_OVAL } from "../../landmarks/landmark-groups.ts";
import { pointOf } from "../../landmarks/landmark-points.ts";

/** Pixels that a face's box is wider at each side; fewer than 0 make it narrower. */
export type Pads = { top: number; bottom: number; left: number; right: number };

/** Whole pixels of a picture, from the first column and row up to but not the last. */
export type FaceBox = { left: number; top: number; right: number; bottom: number };

/** Pictures over which a box is the mean, from its own on. */
const SMOOTHED_OVER = 5;
/** Fewer pixels than these a side show no mouth. */
const LEAST_SIDE = 24;

/**
 * The boxes of a face in pictures that follow each other, as `inference.py` of Rudrabha/Wav2Lip makes
 * them: what its detector finds, from the forehead to the chin and from ear to ear (the boxes of WIDER
 * FACE, which it was trained on; here the outline of the landmarks), wider by the pads, in whole pixels
 * of the picture, then each the mean of five pictures from its own on, rounded down. At the end it is
 * the last five, some of which are means already. Fewer than five pictures have one mean.
 * @throws AppError FACE_UNSUITABLE when a box has next to no pixels.
 */
export function faceBoxes(
  faces: readonly Pick<Face, "landmarks">[],
  { pads, width, height }: { pads: Pads; width: number; height: number },
): FaceBox[] {
  const boxes = faces.map(({ landmarks }, index) => {
    const found = outlineBox(landmarks);
    const box = {
      left: Math.max(0, found.left - pads.left),
      top: Math.max(0, found.top - pads.top),
      right: Math.min(width, found.right + pads.right),
      bottom: Math.min(height, found.bottom + pads.bottom),
    };
    refuseTiny(box, index);
    return box;
  });
  for (let index = 0; index < boxes.length; index++) {
    const from = Math.max(0, Math.min(index, boxes.length - SMOOTHED_OVER));
    boxes[index] = meanBox(boxes.slice(from, from + SMOOTHED_OVER));
  }
  return boxes;
}

function outlineBox(landmarks: Float32Array): FaceBox {
  const points = FACE_OVAL.map((landmark) => pointOf(landmarks, landmark));
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  return {
    left: Math.trunc(Math.max(0, Math.min(...xs))),
    top: Math.trunc(Math.max(0, Math.min(...ys))),
    right: Math.trunc(Math.max(0, ...xs)),
    bottom: Math.trunc(Math.max(0, ...ys)),
  };
}

function meanBox(boxes: readonly FaceBox[]): FaceBox {
  const mean = (side: keyof FaceBox) =>
    Math.trunc(boxes.reduce((sum, box) => sum + box[side], 0) / boxes.length);
  return { left: mean("left"), top: mean("top"), right: mean("right"), bottom: mean("bottom") };
}

function refuseTiny({ left, top, right, bottom }: FaceBox, index: number): void {
  const [width, height] = [right - left, bottom - top];
  if (width >= LEAST_SIDE && height >= LEAST_SIDE) return;
  const size = `${Math.max(0, width)}×${Math.max(0, height)} pixels`;
  throw new AppError(
    "FACE_UNSUITABLE",
    `the face in picture ${index} of the stretch has ${size} within the picture, at least ${LEAST_SIDE}×${LEAST_SIDE} are needed: use a base in which it is larger and whole, or less negative wav2lip_pads`,
  );
}
