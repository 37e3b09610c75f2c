import type { Face } from "../../../domain/face.ts";
import { LIPS_OUTER_UPPER } from "../../landmarks/landmark-groups.ts";
import { type LocalFrame, landmarkAt, type Point, toLocal } from "../../portrait/local-frame.ts";

/** Pictures before and after one that say where its mouth is: what is quicker is speech or trembling. */
const REACH = 8;

/**
 * A head that turns or nods takes its mouth to another place below its nose than a flat one would: how
 * far, for each picture, by the corners of its mouth over a while; nothing in the model.
 * @param options.frames Where the mouth would be by nose and eyes.
 * @param options.model Which picture the others are compared with.
 */
export function mouthDrift({
  frames,
  faces,
  model,
}: {
  frames: readonly LocalFrame[];
  faces: readonly Face[];
  model: number;
}): Point[] {
  const offsets = frames.map((frame, index): Point => {
    const landmarks = faces[index]?.landmarks;
    if (!landmarks) return [0, 0];
    const [left, right] = [LIPS_OUTER_UPPER[0], LIPS_OUTER_UPPER[10]].map((corner) =>
      toLocal(frame, landmarkAt(landmarks, corner)),
    );
    return [((left?.[0] ?? 0) + (right?.[0] ?? 0)) / 2, ((left?.[1] ?? 0) + (right?.[1] ?? 0)) / 2];
  });
  const drifts = offsets.map((_, index): Point => {
    let [sum, u, v] = [0, 0, 0];
    for (let near = index - REACH; near <= index + REACH; near++) {
      const offset = offsets[near];
      if (!offset) continue;
      const weight = 1 + Math.cos((Math.PI * (near - index)) / (REACH + 1));
      sum += weight;
      u += weight * offset[0];
      v += weight * offset[1];
    }
    return [u / sum, v / sum];
  });
  const [modelU, modelV] = drifts[model] ?? [0, 0];
  return drifts.map(([u, v]) => [u - modelU, v - modelV]);
}
