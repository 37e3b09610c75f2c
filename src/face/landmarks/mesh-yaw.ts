/** Landmarks that mirror each other, the picture's left one first: the outline, eyes, brows, mouth. */
const PAIRS = [
  ...[234, 454, 127, 356, 93, 323, 132, 361, 58, 288, 172, 397, 162, 389],
  ...[33, 263, 133, 362, 46, 276, 61, 291, 50, 280, 129, 358],
] as const;

/**
 * How far a face is turned to the picture's right, radians, −π/2..π/2. Each mirrored pair of landmarks
 * spans the face from side to side; the sum of these spans, in which wide pairs count most and a
 * misplaced landmark little, leans into the picture by the yaw: atan2(Σ Δz, |Σ (Δx, Δy)|). A tilt in
 * the picture only turns Δx into Δy, and a nod turns about the spans themselves.
 * @param points `[landmark][x, y, z]`, flat, in one unit; z grows away from the camera.
 */
export function yawOf(points: ArrayLike<number>): number {
  const sum = [0, 0, 0];
  for (let pair = 0; pair < PAIRS.length; pair += 2) {
    const [left = 0, right = 0] = [PAIRS[pair], PAIRS[pair + 1]];
    for (let axis = 0; axis < 3; axis++) {
      const span = (points[right * 3 + axis] ?? 0) - (points[left * 3 + axis] ?? 0);
      sum[axis] = (sum[axis] ?? 0) + span;
    }
  }
  const [x = 0, y = 0, z = 0] = sum;
  return Math.atan2(z, Math.hypot(x, y));
}
