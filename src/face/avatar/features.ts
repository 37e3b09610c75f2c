import { mirrored } from "../../drawing/outline.ts";

/** Units of the drawing's side. x = 0 is the middle of the face, y = 0 the picture's top. */
export const UNITS = 1024;

/**
 * Points of the eyes and lips in the order of their landmarks, `[x, y, x, y, …]`: the drawing runs
 * its curves through them, so that landmark and picture cannot part.
 */

/** The lids of the eye on the picture's right, from the inner corner to the outer. */
const UPPER_LID = [
  ...[41, 473, 49, 462, 59, 453, 71, 447, 84, 445],
  ...[97, 446.5, 109, 451.5, 119, 458.5, 127, 465.5],
];
const LOWER_LID = [
  ...[41, 473, 51, 479, 62, 484, 74, 486.5, 86, 487],
  ...[98, 485.5, 109, 481, 119, 474, 127, 465.5],
];

/** Where the lips meet, from the picture's left to its right. */
export const SEAM = [
  ...[-64, 622, -55, 627.5, -43, 633, -28, 637, -13, 638.5],
  ...[0, 640, 13, 638.5, 28, 637, 43, 633, 55, 627.5, 64, 622],
];
/** The outer edges of the lips, from the picture's left to its right. */
export const UPPER_LIP = [
  ...[-69, 619.5, -57, 619, -43, 616.5, -27, 612.5, -12, 609.5],
  ...[0, 612, 12, 609.5, 27, 612.5, 43, 616.5, 57, 619, 69, 619.5],
];
export const LOWER_LIP = [
  ...[-69, 619.5, -59, 633, -45, 646, -30, 655.5, -15, 660.5],
  ...[0, 662, 15, 660.5, 30, 655.5, 45, 646, 59, 633, 69, 619.5],
];

export type Eye = {
  /** −1 on the picture's left, 1 on its right. */
  side: -1 | 1;
  /** From the inner corner to the outer. */
  upper: number[];
  lower: number[];
  iris: readonly [x: number, y: number];
};

const IRIS = [83, 463] as const;

export const EYES: readonly Eye[] = ([-1, 1] as const).map((side) => ({
  side,
  upper: onSide(UPPER_LID, side),
  lower: onSide(LOWER_LID, side),
  iris: [IRIS[0] * side, IRIS[1]],
}));

/** What is drawn for the picture's right, on either side. */
export function onSide(line: number[], side: -1 | 1): number[] {
  return side === 1 ? line : mirrored(line);
}
