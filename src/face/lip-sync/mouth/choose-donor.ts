import type { Face } from "../../../domain/face.ts";
import { LIPS_INNER_UPPER } from "../../landmarks/landmark-groups.ts";
import { curveAt } from "../../portrait/curve.ts";
import type { FaceColours } from "../../portrait/face-colours.ts";
import { type LocalFrame, landmarkAt, toLocal, toPicture } from "../../portrait/local-frame.ts";
import type { MouthGeometry } from "../../portrait/mouth-geometry.ts";
import type { Yuv420 } from "../../portrait/planes.ts";
import type { FaceSides } from "./face-sides.ts";
import { headMotion, movedFrame } from "./head-motion.ts";
import { lipShare } from "./lip-colour.ts";
import { innerLips, opennessOf } from "./recorded-mouth.ts";
import { levelAt, planeOf } from "./sample-planes.ts";

export type OpenMouth = { picture: Yuv420; face: Face };

/** The picture whose mouth is drawn in all others. */
export type Model = OpenMouth & { mouth: MouthGeometry; sides: FaceSides };

/** A mouth must be open so far to show what is inside. */
const LEAST_OPEN = 0.1;
/** Where so much of what should be the mouth's inside has the colour of lips, landmarks are off. */
const MOST_LIP = 0.12;
/** What counts against openness: a radian of turn, and a mouth pursed to nothing. */
const COST = { turn: 0.6, pursed: 0.6 };

/**
 * The picture whose mouth's inside suits best: open, not pursed, turned as the model is; undefined when
 * none does.
 * @param colours Of the model.
 */
export function chooseDonor(
  openMouths: readonly OpenMouth[],
  model: Model,
  colours: FaceColours,
): OpenMouth | undefined {
  let best: { one: OpenMouth; worth: number } | undefined;
  for (const one of openMouths) {
    const { landmarks, yaw } = one.face;
    const frame = donorFrame(one, model);
    const open = opennessOf(frame, landmarks);
    if (open < LEAST_OPEN || lipInside(one, frame, colours) > MOST_LIP) continue;
    const worth =
      Math.min(open, 0.3) -
      COST.turn * Math.abs(yaw - model.face.yaw) -
      COST.pursed * Math.max(0, 1 - 2 * innerCorners(frame, landmarks).half);
    if (!best || worth > best.worth) best = { one, worth };
  }
  return best?.one;
}

/** Where the model's mouth would be in a donor's picture. */
export function donorFrame({ face }: OpenMouth, model: Model): LocalFrame {
  return movedFrame(headMotion(model.face.landmarks, face.landmarks), model.mouth.frame);
}

/** Where the inner lips' corners are: the middle between them and half their distance, along u. */
export function innerCorners(frame: LocalFrame, landmarks: Float32Array) {
  const [left, right] = [LIPS_INNER_UPPER[0], LIPS_INNER_UPPER[10]].map(
    (corner) => toLocal(frame, landmarkAt(landmarks, corner))[0],
  );
  const [from, to] = [left ?? -0.5, right ?? 0.5];
  return { middle: (from + to) / 2, half: Math.max(0.1, (to - from) / 2) };
}

/** How much of what landmarks say is between the lips has their colour, 0..1. */
function lipInside(
  { picture, face: { landmarks } }: OpenMouth,
  frame: LocalFrame,
  colours: FaceColours,
): number {
  const [y, u, v] = [planeOf(picture, "y"), planeOf(picture, "u"), planeOf(picture, "v")];
  const lips = innerLips(frame, landmarks);
  const corners = innerCorners(frame, landmarks);
  let [sum, count] = [0, 0];
  for (let column = -0.75; column <= 0.75; column += 0.125) {
    const along = corners.middle + column * corners.half;
    const half = curveAt(lips.half, along);
    for (let row = -0.7; row <= 0.7; row += 0.2) {
      const point = toPicture(frame, [along, curveAt(lips.middle, along) + row * half]);
      const colour = { y: levelAt(y, point), u: levelAt(u, point), v: levelAt(v, point) };
      sum += lipShare(colour, colours);
      count++;
    }
  }
  return sum / count;
}
