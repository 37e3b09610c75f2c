/** How well a clip sits in the base, measured on the decoded output. */
export type Seams = {
  /**
   * The loudest click at a joint, dB relative to the sound around it. Good: ≤ −3 beside speech; in plain
   * room tone about 0, where it only says that the joint is like the noise around it.
   */
  clickDb: number;
  /** Loudness of the name against the rest, in LU; good: ≤ 1. */
  loudnessLu: number;
  /** Noise floor in the name's stretch against the rest, in dB; good: ≤ 3. */
  noiseFloorDb: number;
};
