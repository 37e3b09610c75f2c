import {
  LIPS_INNER_LOWER,
  LIPS_INNER_UPPER,
  LIPS_OUTER_UPPER,
} from "../../landmarks/landmark-groups.ts";
import { binPlace, type Curve, curveAt, curveOf, curveThrough } from "../../portrait/curve.ts";
import { clamp, smoothstep } from "../../portrait/easing.ts";
import {
  type LocalFrame,
  landmarkAt,
  localLandmarks,
  toLocal,
} from "../../portrait/local-frame.ts";
import type { MouthGeometry } from "../../portrait/mouth-geometry.ts";
import { JAW_SHARE } from "../../portrait/mouth-opening.ts";

/** What the mouth does in a recorded picture, in coordinates of the model's mouth that the head carries. */
export type RecordedMouth = {
  /** The inner edges of the lips, by the u of the model. */
  upper: Curve;
  lower: Curve;
  gap: number;
  /** How far the jaw is down from where the model has it. */
  jaw: number;
  /** u of the model over u of the picture, less 1. */
  narrowing: number;
};

/** Lips that touch have landmarks up to so far apart. */
const TOUCHING = 0.045;
/** The lips' edges lie so far outside the landmarks of an open mouth: it is closed beyond them. */
const OVER_CLOSING = 0.008;
/** Less than this the landmarks tremble by themselves. */
const TREMBLE = { offset: 0.015, narrowing: 0.03 };

/** Where landmarks see the inner lips: their middle and half their distance, by u. */
export function innerLips(frame: LocalFrame, landmarks: Float32Array) {
  const curve = (indices: readonly number[]) =>
    curveThrough(localLandmarks(frame, landmarks, indices));
  const [upper, lower] = [curve(LIPS_INNER_UPPER), curve(LIPS_INNER_LOWER)];
  return {
    middle: upper.map((v, bin) => (v + (lower[bin] ?? 0)) / 2),
    half: upper.map((v, bin) => Math.max(0, ((lower[bin] ?? 0) - v) / 2)),
  };
}

/** How wide a mouth is open, landmarks of touching lips taken for closed; in its own frame's unit. */
export function opennessOf(frame: LocalFrame, landmarks: Float32Array): number {
  return Math.max(0, 2 * curveAt(innerLips(frame, landmarks).half, 0) - TOUCHING);
}

/** Reads the recorded mouths of a face against one of its pictures, the model. */
export function createMouthReader({
  model,
  landmarks: modelLandmarks,
}: {
  model: MouthGeometry;
  landmarks: Float32Array;
}): (frame: LocalFrame, landmarks: Float32Array) => RecordedMouth {
  const modelMiddle = middleOf(innerLips(model.frame, modelLandmarks).middle);
  const modelGap = 2 * curveAt(innerLips(model.frame, modelLandmarks).half, 0);
  const touching = model.gap > 0 ? 0.001 : Math.max(0.001, modelGap);
  const line = model.upper.map((v, bin) => (v + (model.lower[bin] ?? 0)) / 2);

  return (frame, landmarks) => {
    const { middle, half } = innerLips(frame, landmarks);
    const offset = beyond(middleOf(middle) - modelMiddle, TREMBLE.offset);
    const seen = 2 * curveAt(half, 0);
    // Landmarks part a little where closed lips touch, but are right where lips are open.
    const gap = Math.max(0, seen - touching * (1 - smoothstep(touching, 2 * touching, seen)));
    const share = seen > 0 ? gap / seen : 0;
    const narrowing = clamp(
      beyond(1 / Math.max(0.3, widthOf(frame, landmarks)) - 1, TREMBLE.narrowing),
      -0.3,
      0.8,
    );
    const halfAt = (bin: number) => {
      const open = share * curveAt(half, binPlace(bin) / (1 + narrowing));
      return open + Math.min(OVER_CLOSING, open);
    };
    return {
      upper: line.map((v, bin) => v + offset - halfAt(bin)),
      lower: line.map((v, bin) => v + offset + halfAt(bin)),
      gap,
      jaw: JAW_SHARE * (gap - (model.gap > 0 ? modelGap : 0)),
      narrowing,
    };
  };
}

/** A curve by the u of the model as one by the u of a picture with another width of the mouth. */
export function asWide(curve: Curve, narrowing: number): Curve {
  if (narrowing === 0) return curve;
  return curveOf((u) => curveAt(curve, u * (1 + narrowing)));
}

function middleOf(curve: Curve): number {
  const places = [-0.3, -0.15, 0, 0.15, 0.3];
  return places.reduce((sum, u) => sum + curveAt(curve, u), 0) / places.length;
}

function widthOf(frame: LocalFrame, landmarks: Float32Array): number {
  const [left, right] = [LIPS_OUTER_UPPER[0], LIPS_OUTER_UPPER[10]].map((index) =>
    toLocal(frame, landmarkAt(landmarks, index)),
  );
  return (right?.[0] ?? 0.5) - (left?.[0] ?? -0.5);
}

/** What a value is more than `margin` from 0. */
function beyond(value: number, margin: number): number {
  return Math.sign(value) * Math.max(0, Math.abs(value) - margin);
}
