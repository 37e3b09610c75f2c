import { type Face, LANDMARKS, type Picture } from "../../domain/face.ts";
import { type FaceModels, MESH_INPUT, type Mesh } from "./face-models.ts";
import {
  EYE_LEFT_OUTER,
  EYE_RIGHT_OUTER,
  LIPS_INNER_LOWER,
  LIPS_INNER_UPPER,
  LIPS_OUTER_LOWER,
  LIPS_OUTER_UPPER,
} from "./landmark-groups.ts";
import { boundsOf, eyesDistance, meanDistance, pointOf } from "./landmark-points.ts";
import { yawOf } from "./mesh-yaw.ts";
import { type Square, squarePatch } from "./square-patch.ts";

/** The side of the mesh's square over the face's: as in MediaPipe's face landmarks. */
const MARGIN = 1.5;
/** How much farther off the look is that tells whether the mouth is in sight. */
const FARTHER = 1.3;
const LIPS = [...LIPS_INNER_UPPER, ...LIPS_INNER_LOWER, ...LIPS_OUTER_UPPER, ...LIPS_OUTER_LOWER];

/**
 * The mesh of a face, looked at in the square where the detector saw it, then in the square around the
 * landmarks found there, upright by the eyes: the more exact look, and the same wherever the first one
 * was. A third one from farther off tells `mouthDoubt`: where the lips are in sight both agree, where
 * they are covered the model guesses them from the rest of what it sees, which differs. The score does
 * not tell: it stays above 0.99 with a hand before the mouth.
 */
export function meshFace(
  picture: Picture,
  { found, models }: { found: Square; models: FaceModels },
): Face {
  const first = lookAt({ ...found, side: found.side * MARGIN });
  const square = squareAround(first.landmarks);
  const { landmarks, mesh } = lookAt(square);
  const { landmarks: farther } = lookAt({ ...square, side: square.side * FARTHER });
  const mouthDoubt = meanDistance(landmarks, farther, LIPS) / eyesDistance(landmarks);
  return { landmarks, score: mesh.score, yaw: yawOf(mesh.points), mouthDoubt };

  function lookAt(square: Square): { landmarks: Float32Array; mesh: Mesh } {
    const patch = squarePatch(picture, { square, size: MESH_INPUT, outside: "nearest" });
    const mesh = models.mesh(patch);
    return { landmarks: inPicture(mesh.points, square), mesh };
  }
}

/** From pixels of the mesh's input, `[landmark][x, y, z]`, to pixels of the picture, `[landmark][x, y]`. */
export function inPicture(points: Float32Array, { x, y, side, angle }: Square): Float32Array {
  const landmarks = new Float32Array(LANDMARKS * 2);
  const scale = side / MESH_INPUT;
  const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
  for (let landmark = 0; landmark < LANDMARKS; landmark++) {
    const u = (points[landmark * 3] ?? 0) - MESH_INPUT / 2;
    const v = (points[landmark * 3 + 1] ?? 0) - MESH_INPUT / 2;
    landmarks[landmark * 2] = x + u * cos - v * sin;
    landmarks[landmark * 2 + 1] = y + u * sin + v * cos;
  }
  return landmarks;
}

/** The square around landmarks that stands upright on the line between the eyes' outer corners. */
export function squareAround(landmarks: Float32Array): Square {
  const [left, right] = [pointOf(landmarks, EYE_LEFT_OUTER), pointOf(landmarks, EYE_RIGHT_OUTER)];
  const angle = Math.atan2(right.y - left.y, right.x - left.x);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const upright = new Float32Array(landmarks.length);
  for (let landmark = 0; landmark < landmarks.length / 2; landmark++) {
    const { x, y } = pointOf(landmarks, landmark);
    upright[landmark * 2] = x * cos + y * sin;
    upright[landmark * 2 + 1] = y * cos - x * sin;
  }
  const { x, y, width, height } = boundsOf(upright);
  const side = Math.max(width, height) * MARGIN;
  return { x: x * cos - y * sin, y: x * sin + y * cos, side, angle };
}
