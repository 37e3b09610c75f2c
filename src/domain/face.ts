import type { Interval } from "./audio.ts";

/**
 * What a mouth does for a speech sound: the fifteen of the MPEG-4 and Oculus sets (ISO/IEC 14496-2,
 * table C-1). `sil` is a mouth at rest.
 */
export const VISEMES = [
  "sil",
  "PP",
  "FF",
  "TH",
  "DD",
  "kk",
  "CH",
  "SS",
  "nn",
  "RR",
  "aa",
  "E",
  "I",
  "O",
  "U",
] as const;
export type Viseme = (typeof VISEMES)[number];

/** A viseme and when it is heard, seconds. */
export type VisemeSpan = Interval & { viseme: Viseme };

/** A mouth at one moment. What has no sign is 0..1. */
export type MouthShape = {
  /** Distance of the inner lips over the mouth's width at rest; 0 closed, 0.27 an open "ah". */
  open: number;
  /** −1 narrow .. 1 spread. */
  wide: number;
  /** Pursed, as for "oo". */
  round: number;
  /** Lips pressed together, as for p, b and m. */
  press: number;
  /** How far teeth and tongue are seen. */
  teeth: number;
  tongue: number;
};

/** Where a head is and what its eyes do at one moment. */
export type HeadPose = {
  /** 0 open .. 1 closed. */
  blink: number;
  /** Where the eyes look, −1 .. 1 of what they can: right and down of the picture are positive. */
  gazeX: number;
  gazeY: number;
  /** −1 lowered .. 1 raised. */
  brows: number;
  /** Turns in radians: yaw to the picture's right, pitch down, roll clockwise. */
  yaw: number;
  pitch: number;
  roll: number;
  /** Shift over the face's width. */
  shiftX: number;
  shiftY: number;
};

/** Points of a face: the 468 of MediaPipe's face mesh. */
export const LANDMARKS = 468;

export type Face = {
  /** `[landmark][x, y]` in pixels of the picture, flat: 936 numbers. */
  landmarks: Float32Array;
  /** How sure it is that this is a face, 0..1. */
  score: number;
  /** How far it is turned to the picture's right, radians; 0 looks at the camera. */
  yaw: number;
  /**
   * How far the lips' landmarks part over the eyes' outer distance when the finder looks twice: about
   * 0.03 when the mouth is in sight, more when something covers it. Absent when landmarks were set by hand.
   */
  mouthDoubt?: number;
};

/** An upright picture of RGB pixels, `[y][x][channel]`. */
export type Picture = { width: number; height: number; pixels: Uint8Array };
