import {
  BROW_LEFT_LOWER,
  BROW_LEFT_UPPER,
  BROW_RIGHT_LOWER,
  BROW_RIGHT_UPPER,
  EYE_LEFT_LOWER,
  EYE_LEFT_UPPER,
  EYE_RIGHT_LOWER,
  EYE_RIGHT_UPPER,
} from "../landmarks/landmark-groups.ts";
import { type Curve, curveAt, curveThrough } from "./curve.ts";
import { mix } from "./easing.ts";
import {
  type Box,
  boxAround,
  frameBetween,
  type LocalFrame,
  landmarkAt,
  localLandmarks,
  type Point,
  toPicture,
} from "./local-frame.ts";

/** An eye with its brow as the source shows them. Lengths are widths of the eye. */
export type EyeGeometry = {
  frame: LocalFrame;
  /** The edges of the lids. */
  upper: Curve;
  lower: Curve;
  /** Their distance in the middle. */
  height: number;
  /** v of the brow (negative), where it is moved whole. */
  brow: number;
  /** v of the brow's lower edge, and from where on the skin above the eye stretches when the lid closes. */
  browEdge: number;
  crease: number;
  /** What lids, gaze and brow may move; nothing outside is touched. */
  box: Box;
};

/** Brows are moved this far to both sides of the eye's middle. */
export const BROW_HALF = 0.98;
/** Over this length above the brow the forehead takes up its way. */
export const FOREHEAD_REACH = 0.75;

/** The lids' landmarks run this much inside the lashes, and above the rim of the lower lid. */
const LASH_MARGIN = 0.02;
const RIM_MARGIN = 0.03;

const EYES = [
  {
    upper: EYE_LEFT_UPPER,
    lower: EYE_LEFT_LOWER,
    browUpper: BROW_LEFT_UPPER,
    browLower: BROW_LEFT_LOWER,
  },
  {
    upper: EYE_RIGHT_UPPER,
    lower: EYE_RIGHT_LOWER,
    browUpper: BROW_RIGHT_UPPER,
    browLower: BROW_RIGHT_LOWER,
  },
] as const;

/** The picture's left eye and its right one. */
export function eyeGeometries(landmarks: Float32Array): EyeGeometry[] {
  return EYES.map((eye) => {
    const first = landmarkAt(landmarks, eye.upper[0]);
    const last = landmarkAt(landmarks, eye.upper[eye.upper.length - 1] ?? 0);
    const frame = frameBetween(first, last);
    const curve = (indices: readonly number[]) =>
      curveThrough(localLandmarks(frame, landmarks, indices), 3);
    const lids = { upper: curve(eye.upper), lower: curve(eye.lower) };
    const opening = lids.lower.map((v, bin) => Math.max(0, v - (lids.upper[bin] ?? 0)));
    const upper = lids.upper.map((v, bin) => v - Math.min(LASH_MARGIN, opening[bin] ?? 0));
    const lower = lids.upper.map((v, bin) => {
      const height = opening[bin] ?? 0;
      return v + height + Math.min(RIM_MARGIN, height);
    });
    const height = Math.max(0.02, curveAt(lower, 0) - curveAt(upper, 0));
    const mean = (indices: readonly number[]) =>
      localLandmarks(frame, landmarks, indices).reduce((sum, [, v]) => sum + v, 0) / indices.length;
    const top = curveAt(upper, 0);
    const browEdge = Math.min(top - 0.2, mean(eye.browLower));
    const brow = Math.min(browEdge - 0.05, mean(eye.browUpper));
    const crease = mix(browEdge, top, 0.2);
    const box = boxAround(frame, {
      reach: BROW_HALF,
      top: brow - FOREHEAD_REACH,
      bottom: curveAt(lower, 0) + 0.3,
    });
    return { frame, upper, lower, height, brow, browEdge, crease, box };
  });
}

/** Points all over the opening of an eye, pixels. */
export function pointsInEye({ frame, upper, lower }: EyeGeometry): Point[] {
  const across = [-0.36, -0.3, -0.24, -0.18, -0.12, -0.06, 0, 0.06, 0.12, 0.18, 0.24, 0.3, 0.36];
  return across.flatMap((u) => {
    const top = curveAt(upper, u);
    const height = curveAt(lower, u) - top;
    return [0.35, 0.5, 0.65, 0.8].map((share) => toPicture(frame, [u, top + share * height]));
  });
}
