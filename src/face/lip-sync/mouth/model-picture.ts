import type { Face } from "../../../domain/face.ts";
import {
  LIPS_INNER_LOWER,
  LIPS_INNER_UPPER,
  LIPS_OUTER_LOWER,
  LIPS_OUTER_UPPER,
} from "../../landmarks/landmark-groups.ts";
import { eyesDistance, pointOf } from "../../landmarks/landmark-points.ts";

/** What counts against a picture beside its open mouth: all lengths over the distance of the eyes. */
const COST = {
  /** A mouth narrower or wider than usual. */
  width: 0.15,
  /** Lips thinner than usual, as they are when pressed. */
  thinness: 0.1,
  /** A radian of turn from the middle of the stretch. */
  turn: 0.15,
};
/** Of a line of lips' landmarks. */
const MIDDLE = 5;

/**
 * Which picture of a stretch shows the speaker's mouth at rest: closed, neither pursed nor spread nor
 * pressed, the head turned as in most of the stretch.
 */
export function chooseModel(faces: readonly Face[]): number {
  const lips = faces.map(lipsOf);
  const usual = {
    width: median(lips.map(({ width }) => width)),
    thickness: median(lips.map(({ thickness }) => thickness)),
    yaw: median(faces.map(({ yaw }) => yaw)),
  };
  const costs = lips.map(
    ({ gap, width, thickness }, index) =>
      gap +
      COST.width * Math.abs(width - usual.width) +
      COST.thinness * Math.max(0, usual.thickness - thickness) +
      COST.turn * Math.abs((faces[index]?.yaw ?? 0) - usual.yaw),
  );
  return costs.indexOf(Math.min(...costs));
}

function lipsOf({ landmarks }: Face): { gap: number; width: number; thickness: number } {
  const eyes = Math.max(1, eyesDistance(landmarks));
  const apart = (a = 0, b = 0) => {
    const [p, q] = [pointOf(landmarks, a), pointOf(landmarks, b)];
    return Math.hypot(p.x - q.x, p.y - q.y) / eyes;
  };
  const gap = apart(LIPS_INNER_UPPER[MIDDLE], LIPS_INNER_LOWER[MIDDLE]);
  const whole = apart(LIPS_OUTER_UPPER[MIDDLE], LIPS_OUTER_LOWER[MIDDLE]);
  const width = apart(LIPS_OUTER_UPPER[0], LIPS_OUTER_UPPER[2 * MIDDLE]);
  return { gap, width, thickness: whole - gap };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
