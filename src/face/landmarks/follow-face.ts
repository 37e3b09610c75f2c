import type { Face } from "../../domain/face.ts";
import { boundsOf, eyesDistance } from "./landmark-points.ts";

/** How far a face moves from one frame to the next at most, over the distance of its eyes. */
const MAX_STEP = 1;

type Point = { x: number; y: number };

/**
 * One face through the frames of a clip, null where it is not seen: the largest of all frames, or the
 * one nearest to the point `at` of the picture, followed from there in both directions to the nearest
 * face of the neighbouring frame. After frames without it the face may have moved the farther. A face
 * that appears elsewhere, after a cut or of another person, is not taken for it.
 */
export function followFace(
  frames: readonly Face[][],
  { at }: { at?: Point } = {},
): (Face | null)[] {
  const preference = ({ landmarks }: Face) =>
    at ? -distance(boundsOf(landmarks), at) : eyesDistance(landmarks);
  const seen = frames.flatMap((faces, frame) => faces.map((face) => ({ face, frame })));
  const start = seen.reduce<(typeof seen)[number] | undefined>((best, one) => {
    return best && preference(best.face) >= preference(one.face) ? best : one;
  }, undefined);
  if (!start) return frames.map(() => null);

  const followed: (Face | null)[] = frames.map(() => null);
  followed[start.frame] = start.face;
  for (const direction of [1, -1]) {
    let last = start;
    for (let frame = start.frame + direction; frames[frame]; frame += direction) {
      const face = nearest(frames[frame] ?? [], last.face);
      if (!face) continue;
      const reach = MAX_STEP * eyesDistance(last.face.landmarks) * Math.abs(frame - last.frame);
      if (between(face, last.face) > reach) continue;
      followed[frame] = face;
      last = { face, frame };
    }
  }
  return followed;
}

function nearest(faces: readonly Face[], to: Face): Face | undefined {
  return faces.toSorted((a, b) => between(a, to) - between(b, to))[0];
}

function between(a: Face, b: Face): number {
  return distance(boundsOf(a.landmarks), boundsOf(b.landmarks));
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
