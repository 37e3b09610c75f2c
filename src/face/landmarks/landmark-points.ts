import type { Rectangle } from "./face-boxes.ts";
import { EYE_LEFT_OUTER, EYE_RIGHT_OUTER } from "./landmark-groups.ts";

/** Where a landmark is in `[landmark][x, y]`, flat; the origin when there is no such landmark. */
export function pointOf(landmarks: Float32Array, landmark: number): { x: number; y: number } {
  return { x: landmarks[landmark * 2] ?? 0, y: landmarks[landmark * 2 + 1] ?? 0 };
}

/** The smallest upright rectangle around landmarks, in their unit. */
export function boundsOf(landmarks: Float32Array): Rectangle {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let landmark = 0; landmark < landmarks.length / 2; landmark++) {
    const { x, y } = pointOf(landmarks, landmark);
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return {
    x: (left + right) / 2,
    y: (top + bottom) / 2,
    width: right - left,
    height: bottom - top,
  };
}

/** Between the eyes' outer corners, in the landmarks' unit: a face's size, whatever its mouth does. */
export function eyesDistance(landmarks: Float32Array): number {
  const [left, right] = [pointOf(landmarks, EYE_LEFT_OUTER), pointOf(landmarks, EYE_RIGHT_OUTER)];
  return Math.hypot(right.x - left.x, right.y - left.y);
}

/** How far some landmarks of one face are from the same ones of another, on average, in their unit. */
export function meanDistance(
  a: Float32Array,
  b: Float32Array,
  landmarks: readonly number[],
): number {
  const distances = landmarks.map((landmark) => {
    const [inA, inB] = [pointOf(a, landmark), pointOf(b, landmark)];
    return Math.hypot(inA.x - inB.x, inA.y - inB.y);
  });
  return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
}
