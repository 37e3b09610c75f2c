import { type Face, LANDMARKS } from "../../../domain/face.ts";
import * as groups from "../landmark-groups.ts";

/** Turns in radians: yaw to the picture's right, pitch down, roll clockwise; where, and half the width in pixels. */
export type MadeFace = Partial<{
  yaw: number;
  pitch: number;
  roll: number;
  x: number;
  y: number;
  radius: number;
}>;

/**
 * The mesh of a head that is half an ellipsoid, `[landmark][x, y, z]`: eyes, lips and outline where
 * they belong, in mirrored pairs; all other landmarks at the nose.
 */
export function madeMesh({
  yaw = 0,
  pitch = 0,
  roll = 0,
  x = 0,
  y = 0,
  radius = 100,
}: MadeFace = {}): Float32Array {
  const mesh = new Float32Array(LANDMARKS * 3);
  for (const [landmark, [u, v]] of places().entries()) {
    const depth = -0.7 * Math.sqrt(Math.max(0, 1 - u * u - (v * v) / 1.8));
    // A nod about the ears, a turn about the neck, then the tilt in the picture.
    const noddedY = v * Math.cos(pitch) - depth * Math.sin(pitch);
    const noddedZ = v * Math.sin(pitch) + depth * Math.cos(pitch);
    const turnedX = u * Math.cos(yaw) - noddedZ * Math.sin(yaw);
    const turnedZ = u * Math.sin(yaw) + noddedZ * Math.cos(yaw);
    mesh[landmark * 3] = x + radius * (turnedX * Math.cos(roll) - noddedY * Math.sin(roll));
    mesh[landmark * 3 + 1] = y + radius * (turnedX * Math.sin(roll) + noddedY * Math.cos(roll));
    mesh[landmark * 3 + 2] = radius * turnedZ;
  }
  return mesh;
}

/** A face without doubts at a place of a picture. */
export function madeFace(where: MadeFace = {}, known: Partial<Face> = {}): Face {
  const landmarks = madeMesh(where).filter((_, index) => index % 3 !== 2);
  return { landmarks, score: 1, yaw: where.yaw ?? 0, mouthDoubt: 0.03, ...known };
}

/** Over half the face's width, from its middle: right and down. */
function places(): [number, number][] {
  const found = Array.from({ length: LANDMARKS }, (): [number, number] => [0, 0.2]);
  const row = (
    landmarks: readonly number[],
    from: [number, number],
    to: [number, number],
    bow = 0,
  ) => {
    landmarks.forEach((landmark, index) => {
      const share = index / (landmarks.length - 1);
      const bowed = bow * Math.sin(Math.PI * share);
      found[landmark] = [
        from[0] + (to[0] - from[0]) * share,
        from[1] + (to[1] - from[1]) * share + bowed,
      ];
    });
  };
  groups.FACE_OVAL.forEach((landmark, index) => {
    const angle = (2 * Math.PI * index) / groups.FACE_OVAL.length;
    found[landmark] = [Math.sin(angle), -1.25 * Math.cos(angle)];
  });
  row(groups.EYE_LEFT_UPPER, [-0.6, -0.3], [-0.25, -0.3], -0.07);
  row(groups.EYE_LEFT_LOWER, [-0.6, -0.3], [-0.25, -0.3], 0.07);
  row(groups.EYE_RIGHT_UPPER, [0.25, -0.3], [0.6, -0.3], -0.07);
  row(groups.EYE_RIGHT_LOWER, [0.25, -0.3], [0.6, -0.3], 0.07);
  row(groups.LIPS_OUTER_UPPER, [-0.35, 0.6], [0.35, 0.6], -0.08);
  row(groups.LIPS_OUTER_LOWER, [-0.35, 0.6], [0.35, 0.6], 0.12);
  row(groups.LIPS_INNER_UPPER, [-0.3, 0.6], [0.3, 0.6]);
  row(groups.LIPS_INNER_LOWER, [-0.3, 0.6], [0.3, 0.6]);
  row(groups.BROW_LEFT_LOWER, [-0.7, -0.5], [-0.2, -0.5], -0.06);
  row(groups.BROW_RIGHT_LOWER, [0.2, -0.5], [0.7, -0.5], -0.06);
  row(groups.NOSE_BASE, [-0.2, 0.3], [0.2, 0.3], 0.03);
  row(groups.CHEEK_LEFT, [-0.6, 0], [-0.4, 0.4]);
  row(groups.CHEEK_RIGHT, [0.6, 0], [0.4, 0.4]);
  return found;
}
