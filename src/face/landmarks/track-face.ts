import type { Face } from "../../domain/face.ts";
import { firstSudden } from "./first-sudden.ts";
import { boundsOf, eyesDistance, pointOf } from "./landmark-points.ts";

/** What a face must be in every frame for its mouth to be drawn anew. */
export type TrackGates = {
  /** A face with a lower score is none, 0..1. */
  minScore: number;
  /** Frames in a row without a face that are bridged. */
  maxGap: number;
  /** From side to side, pixels. */
  minWidth: number;
  /** How far it may be turned to either side, radians. */
  maxYaw: number;
  /** Most of a face's `mouthDoubt`, as the median of five frames. */
  maxMouthDoubt: number;
  /** How far it may move from one frame to the next while it keeps still before and after, over its eyes' distance. */
  maxJump: number;
};

/**
 * Measured on a speaker at 720p, 282 frames, turned 10° to 18°: score 1.00 in all, mouth doubt 0.030 in
 * the median, 0.041 at most; on a photo, a painting and a drawing 0.020 to 0.029. With something in
 * front of the mouth that hides it by half, a microphone, a mask or a hand, the doubt was 0.067 to 0.3
 * while the score stayed above 0.99. What is no face but alike, such as an animal's, had scores about 0.6.
 */
export const TRACK_GATES: TrackGates = {
  minScore: 0.8,
  maxGap: 2,
  minWidth: 64,
  maxYaw: Math.PI / 6,
  maxMouthDoubt: 0.05,
  maxJump: 0.2,
};

export type FaceTrack =
  | { kind: "usable"; frames: Face[] }
  | {
      kind: "refused";
      reason: "no face" | "elsewhere" | "too small" | "turned away" | "mouth covered";
      /** The first frame that is not good enough, from 0. */
      frame: number;
      /** One line for the person who can make another recording. */
      message: string;
    };

/**
 * The face of a clip's frames, as from `followFace`, made fit for drawing on it: gaps of one or two
 * frames are bridged, landmarks and yaw are smoothed over time with the weights 1 2 1, which takes the
 * detector's tremble away; or the reason why it is not fit.
 */
export function smoothTrack(
  faces: readonly (Face | null)[],
  gates: Partial<TrackGates> = {},
): FaceTrack {
  const bars = { ...TRACK_GATES, ...gates };
  const sure = faces.map((face) => (face && face.score >= bars.minScore ? face : null));
  const bridged = bridge(sure, bars.maxGap);
  if (!Array.isArray(bridged)) {
    const { frame, length } = bridged;
    const message = `no face is seen in ${length} frames from frame ${frame} on: at most ${bars.maxGap} are bridged, keep the face in sight`;
    return { kind: "refused", reason: "no face", frame, message };
  }
  const jump = firstJump(sure, bars.maxJump);
  if (jump !== undefined) {
    const message = `the face is suddenly elsewhere in frame ${jump}: choose a part without a cut, in which it moves evenly`;
    return { kind: "refused", reason: "elsewhere", frame: jump, message };
  }
  const frames = bridged.map((face, frame) =>
    smoothed(face, bridged[frame - 1], bridged[frame + 1]),
  );
  return firstFault(frames, bars) ?? { kind: "usable", frames };
}

function firstFault(frames: Face[], bars: TrackGates): FaceTrack | undefined {
  for (const [frame, { landmarks, yaw }] of frames.entries()) {
    const refused = { kind: "refused", frame } as const;
    const { width } = boundsOf(landmarks);
    if (width < bars.minWidth) {
      const message = `the face is ${Math.floor(width)} pixels wide in frame ${frame}: it takes ${bars.minWidth}, give a larger picture of it`;
      return { ...refused, reason: "too small", message };
    }
    if (Math.abs(yaw) > bars.maxYaw) {
      const message = `the face is turned ${degrees(Math.abs(yaw))}° in frame ${frame}: at most ${degrees(bars.maxYaw)}° can be drawn, look towards the camera`;
      return { ...refused, reason: "turned away", message };
    }
    const doubt = median(frames.slice(Math.max(0, frame - 2), frame + 3).map(doubtOf));
    if (doubt > bars.maxMouthDoubt) {
      const message = `something covers the mouth in frame ${frame} (doubt ${doubt.toFixed(3)}, at most ${bars.maxMouthDoubt}): keep hands and microphone away from it`;
      return { ...refused, reason: "mouth covered", message };
    }
  }
  return undefined;
}

/** Whoever moves so far moves before and after, too; after a cut a face is elsewhere, or larger, at once. */
const SUDDEN = 3;

/** The first frame in which the face is not where its motion leads to. */
function firstJump(faces: readonly (Face | null)[], maxJump: number): number | undefined {
  const seen = faces.flatMap((face, frame) => (face ? [{ face, frame }] : []));
  const steps = seen.map(({ face, frame }, index) => {
    const before = seen[index - 1];
    return before ? moved(before.face, face) / (frame - before.frame) : 0;
  });
  const index = firstSudden(steps, { least: maxJump, times: SUDDEN });
  return seen[index ?? -1]?.frame;
}

/** The eyes' outer corners and the tip of the nose: their motion is a face's shift, turn and growth. */
const MARKS = [33, 263, 1];

/** How far the mark that moves most does, over the eyes' distance. */
function moved({ landmarks: from }: Face, { landmarks: to }: Face): number {
  const distances = MARKS.map((index) => {
    const [a, b] = [pointOf(from, index), pointOf(to, index)];
    return Math.hypot(a.x - b.x, a.y - b.y);
  });
  return Math.max(...distances) / Math.min(eyesDistance(from), eyesDistance(to));
}

/** Every frame with a face, or the first gap that is too long; the ends are bridged by their neighbour. */
function bridge(
  faces: (Face | null)[],
  maxGap: number,
): Face[] | { frame: number; length: number } {
  const bridged: Face[] = [];
  let before: Face | undefined;
  for (let frame = 0; frame < faces.length; ) {
    const face = faces[frame];
    if (face) {
      bridged.push(face);
      before = face;
      frame++;
      continue;
    }
    const next = faces.findIndex((one, index) => index > frame && one !== null);
    const length = (next < 0 ? faces.length : next) - frame;
    const after = faces[next] ?? before;
    if (length > maxGap || !after) return { frame, length };
    for (let step = 1; step <= length; step++) {
      bridged.push(mixed([before ?? after, after], [1 - step / (length + 1), step / (length + 1)]));
    }
    frame += length;
  }
  return bridged.length > 0 ? bridged : { frame: 0, length: 0 };
}

function smoothed(face: Face, before: Face | undefined, after: Face | undefined): Face {
  const mean = mixed([before ?? face, face, after ?? face], [1 / 4, 1 / 2, 1 / 4]);
  const { score, mouthDoubt } = face;
  return { ...mean, score, ...(mouthDoubt === undefined ? {} : { mouthDoubt }) };
}

/** The weighted mean of faces; `weights` sum to 1. */
function mixed(faces: Face[], weights: number[]): Face {
  const mean = (of: (face: Face) => number) =>
    faces.reduce((sum, face, index) => sum + of(face) * (weights[index] ?? 0), 0);
  const [first] = faces;
  return {
    landmarks: Float32Array.from(first?.landmarks ?? [], (_, index) =>
      mean(({ landmarks }) => landmarks[index] ?? 0),
    ),
    score: mean(({ score }) => score),
    yaw: mean(({ yaw }) => yaw),
    mouthDoubt: mean(doubtOf),
  };
}

/** Landmarks set by hand are beyond doubt. */
function doubtOf({ mouthDoubt = 0 }: Face): number {
  return mouthDoubt;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function degrees(radians: number): number {
  return Math.round((radians * 180) / Math.PI);
}
