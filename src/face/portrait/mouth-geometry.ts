import {
  CHIN,
  LIPS_INNER_LOWER,
  LIPS_INNER_UPPER,
  LIPS_OUTER_LOWER,
  LIPS_OUTER_UPPER,
  NOSE_BASE,
} from "../landmarks/landmark-groups.ts";
import { type Curve, curveAt, curveThrough, smoothed } from "./curve.ts";
import { findLipLine } from "./lip-line.ts";
import {
  type Box,
  boxAround,
  frameBetween,
  type LocalFrame,
  landmarkAt,
  localLandmarks,
  toLocal,
} from "./local-frame.ts";
import type { Yuv420 } from "./planes.ts";

/** A mouth as the source shows it. Lengths are widths of the mouth. */
export type MouthGeometry = {
  frame: LocalFrame;
  /** Where the upper lip ends and the lower lip begins: the same line when the mouth is closed. */
  upper: Curve;
  lower: Curve;
  /** The middle between the two without its waves. */
  taut: Curve;
  /** Distance of the two in the middle; 0 when the mouth is closed. */
  gap: number;
  /** How thick the red of the lips is in the middle. */
  upperLip: number;
  lowerLip: number;
  /** v of the nose's base (negative) and of the chin. */
  nose: number;
  chin: number;
  /** What the mouth and the jaw may move; nothing outside is touched. */
  box: Box;
};

/** Nothing moves further than this from the middle of the mouth to the sides. */
export const MOUTH_REACH = 1.25;
/** Past the chin the neck takes up the jaw's way over this length. */
export const NECK_REACH = 0.75;

/** Landmarks of closed lips are up to so far apart. */
const CLOSED_GAP = 0.05;
/** Bins of a curve; 12 are a tenth of the mouth. */
const TAUT_SOFTNESS = 12;
/** The lips' edges lie so much outside the landmarks of a mouth that is open: they must not be cut into. */
const OPEN_MARGIN = 0.008;

/**
 * The mouth of a face.
 * @param options.landmarks Flat `[landmark][x, y]`, pixels.
 */
export function mouthGeometry({
  planes,
  landmarks,
}: {
  planes: Yuv420;
  landmarks: Float32Array;
}): MouthGeometry {
  const corners = [
    LIPS_OUTER_UPPER[0],
    LIPS_OUTER_UPPER[LIPS_OUTER_UPPER.length - 1] ?? 0,
  ] as const;
  const frame = frameBetween(landmarkAt(landmarks, corners[0]), landmarkAt(landmarks, corners[1]));
  const curve = (indices: readonly number[]) =>
    curveThrough(localLandmarks(frame, landmarks, indices));
  const inner = { upper: curve(LIPS_INNER_UPPER), lower: curve(LIPS_INNER_LOWER) };
  const lips = innerEdges(planes, frame, inner);
  const gap = curveAt(lips.lower, 0) - curveAt(lips.upper, 0);
  const chin = Math.max(0.45, toLocal(frame, landmarkAt(landmarks, CHIN))[1]);
  const nose = Math.min(-0.2, toLocal(frame, landmarkAt(landmarks, NOSE_BASE[3]))[1]);
  return {
    frame,
    ...lips,
    taut: smoothed(
      lips.upper.map((v, bin) => (v + (lips.lower[bin] ?? 0)) / 2),
      TAUT_SOFTNESS,
    ),
    gap,
    upperLip: Math.max(0.05, curveAt(lips.upper, 0) - curveAt(curve(LIPS_OUTER_UPPER), 0)),
    lowerLip: Math.max(0.05, curveAt(curve(LIPS_OUTER_LOWER), 0) - curveAt(lips.lower, 0)),
    nose,
    chin,
    box: boxAround(frame, { reach: MOUTH_REACH, top: nose - 0.2, bottom: chin + NECK_REACH }),
  };
}

function innerEdges(
  planes: Yuv420,
  frame: LocalFrame,
  { upper, lower }: { upper: Curve; lower: Curve },
): { upper: Curve; lower: Curve } {
  const middle = upper.map((v, bin) => (v + (lower[bin] ?? 0)) / 2);
  if (curveAt(lower, 0) - curveAt(upper, 0) < CLOSED_GAP) {
    const line = findLipLine(planes, frame, middle);
    return { upper: line, lower: line };
  }
  const half = (bin: number) => Math.max(0, (lower[bin] ?? 0) - (upper[bin] ?? 0)) / 2;
  const margin = (bin: number) => Math.min(OPEN_MARGIN, half(bin));
  return {
    upper: middle.map((v, bin) => v - half(bin) - margin(bin)),
    lower: middle.map((v, bin) => v + half(bin) + margin(bin)),
  };
}
