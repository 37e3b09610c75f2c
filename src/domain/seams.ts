/** How well a clip sits in the base; the measures and bars of docs/facts (seamless splice). */
export type Seams = {
  /** The loudest click at a joint, dB relative to the speech around it; good: ≤ −3. */
  clickDb: number;
  /** Loudness of the name against the rest, in LU; good: ≤ 1. */
  loudnessLu: number;
  /** Noise floor in the name's stretch against the rest, in dB; good: ≤ 3. */
  noiseFloorDb: number;
};
