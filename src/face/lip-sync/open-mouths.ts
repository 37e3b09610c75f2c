import type { Face } from "../../domain/face.ts";
import { LIPS_INNER_LOWER, LIPS_INNER_UPPER } from "../landmarks/landmark-groups.ts";
import { eyesDistance, pointOf } from "../landmarks/landmark-points.ts";
import type { Yuv420 } from "../portrait/planes.ts";
import type { FilmedFace } from "./picture-maker.ts";

/** Lips less far apart, over the distance of the eyes, show nothing of a mouth's inside. */
const LEAST_OPEN = 0.05;
const MOST = 3;

/** The pictures in which a speaker's mouth is open widest, the widest first. */
export function openMouths(
  pictures: readonly Yuv420[],
  faces: readonly Face[],
): FilmedFace["openMouths"] {
  return pictures
    .flatMap((picture, index) => {
      const face = faces[index];
      return face ? [{ picture, face, open: opening(face) }] : [];
    })
    .filter(({ open }) => open >= LEAST_OPEN)
    .toSorted((a, b) => b.open - a.open)
    .slice(0, MOST);
}

/** Distance of the inner lips in the middle over that of the eyes' outer corners. */
function opening({ landmarks }: Face): number {
  const middle = (LIPS_INNER_UPPER.length - 1) / 2;
  const upper = pointOf(landmarks, LIPS_INNER_UPPER[middle] ?? 0);
  const lower = pointOf(landmarks, LIPS_INNER_LOWER[middle] ?? 0);
  return Math.hypot(lower.x - upper.x, lower.y - upper.y) / eyesDistance(landmarks);
}
