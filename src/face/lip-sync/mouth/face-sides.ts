import { FACE_OVAL } from "../../landmarks/landmark-groups.ts";
import { type LocalFrame, localLandmarks } from "../../portrait/local-frame.ts";

/** How far the face goes on beside the mouth to the picture's left and right, widths of the mouth. */
export type FaceSides = { left: number; right: number };

/** Rows beside the mouth and the lower lip. */
const ROWS = [-0.2, -0.1, 0, 0.1, 0.2, 0.3];
const LEAST = 0.55;

/** Where the face's outline is nearest beside the mouth; on the far side of a turned head it is near. */
export function faceSides(frame: LocalFrame, landmarks: Float32Array): FaceSides {
  const outline = localLandmarks(frame, landmarks, FACE_OVAL);
  const sides = { left: Number.POSITIVE_INFINITY, right: Number.POSITIVE_INFINITY };
  for (const [index, [u0, v0]] of outline.entries()) {
    const [u1, v1] = outline[(index + 1) % outline.length] ?? [u0, v0];
    for (const row of ROWS) {
      if ((v0 - row) * (v1 - row) > 0 || v0 === v1) continue;
      const u = u0 + ((row - v0) / (v1 - v0)) * (u1 - u0);
      const side = u < 0 ? "left" : "right";
      sides[side] = Math.min(sides[side], Math.abs(u));
    }
  }
  return { left: Math.max(LEAST, sides.left), right: Math.max(LEAST, sides.right) };
}
