import { powerToDb } from "./decibels.ts";
import type { FrameLevels } from "./frame-levels.ts";
import { createKWeighting } from "./k-weighting.ts";
import { percentile } from "./percentile.ts";

/** Offset of the loudness scale in BS.1770-4: it cancels the K-weighting's gain at 1 kHz. */
const LOUDNESS_OFFSET_DB = -0.691;
const ABSOLUTE_GATE_LUFS = -70;
const RELATIVE_GATE_LU = -10;
/** Gating blocks last 400 ms and begin every 100 ms. */
const STEP_SECONDS = 0.1;
const STEPS_PER_BLOCK = 4;
/** Speech is what lies within this much of its loudest frames. */
const ACTIVE_RANGE_DB = 20;
/** Weights of BS.1770-4: surround channels count 1.41, the low-frequency channel of 5.1 not at all. */
function channelWeights(count: number): number[] {
  if (count === 4) return [1, 1, 1.41, 1.41];
  if (count === 5) return [1, 1, 1, 1.41, 1.41];
  if (count >= 6) return [1, 1, 1, 0, 1.41, 1.41];
  return Array.from({ length: count }, () => 1);
}

/**
 * Integrated loudness in LUFS by ITU-R BS.1770-4: blocks of 400 ms overlapping by 75 %, gated at
 * −70 LUFS and then at 10 LU below the mean of what remains.
 * @param channels [channels][samples] of equal length; mono, stereo, quad, 5.0 or 5.1 in WAV order.
 * @returns −Infinity when no block passes the gate: silence, or less than 400 ms.
 */
export function integratedLoudness(channels: Float32Array[], sampleRate: number): number {
  const step = Math.round(STEP_SECONDS * sampleRate);
  const steps = Math.floor((channels[0]?.length ?? 0) / step);
  const stepPowers = new Float64Array(steps);
  const weights = channelWeights(channels.length);
  for (const [c, channel] of channels.entries()) {
    const weighting = createKWeighting(sampleRate);
    const scale = (weights[c] ?? 0) / step;
    for (let s = 0; s < steps; s++) {
      const energy = weighting.energy(channel, s * step, (s + 1) * step);
      stepPowers[s] = (stepPowers[s] ?? 0) + scale * energy;
    }
  }
  const blocks = new Float64Array(Math.max(0, steps - STEPS_PER_BLOCK + 1));
  for (let b = 0; b < blocks.length; b++) {
    let sum = 0;
    for (let s = b; s < b + STEPS_PER_BLOCK; s++) sum += stepPowers[s] ?? 0;
    blocks[b] = sum / STEPS_PER_BLOCK;
  }
  const ungated = meanAbove(blocks, powerOfLoudness(ABSOLUTE_GATE_LUFS));
  const relativeGate = loudnessOfPower(ungated) + RELATIVE_GATE_LU;
  return loudnessOfPower(
    meanAbove(blocks, powerOfLoudness(Math.max(ABSOLUTE_GATE_LUFS, relativeGate))),
  );
}

function meanAbove(powers: Float64Array, gate: number): number {
  let sum = 0;
  let count = 0;
  for (const power of powers) {
    if (power <= gate) continue;
    sum += power;
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

/** −Infinity for no power. */
function loudnessOfPower(power: number): number {
  return LOUDNESS_OFFSET_DB + 10 * Math.log10(power);
}

function powerOfLoudness(loudness: number): number {
  return 10 ** ((loudness - LOUDNESS_OFFSET_DB) / 10);
}

/**
 * The level in dB of frame power above which a frame counts as speech: 20 dB below the 95th
 * percentile of the frames `from..to` (frame numbers, all when left out).
 */
export function activityThreshold(levels: FrameLevels, from?: number, to?: number): number {
  const powers = levels.powers.subarray(from ?? 0, to ?? levels.powers.length);
  const loud = powers.length === 0 ? 0 : percentile(powers, 0.95);
  return powerToDb(loud) - ACTIVE_RANGE_DB;
}

/**
 * Loudness in LUFS of the speech alone: BS.1770-4's formula over the active frames, without its
 * gating blocks, so that it also holds for a single word.
 * @param from first frame, 0 when left out.
 * @param to end of the frames (exclusive), all when left out.
 * @param thresholdDb level of frame power above which a frame is active; by default the
 *   {@link activityThreshold} of these frames.
 * @returns −Infinity when no frame is active, or when the active ones are digital silence.
 */
export function activeLoudness(
  levels: FrameLevels,
  from = 0,
  to = levels.powers.length,
  thresholdDb = activityThreshold(levels, from, to),
): number {
  const threshold = 10 ** (thresholdDb / 10);
  let sum = 0;
  let count = 0;
  for (let f = from; f < to; f++) {
    if (!((levels.powers[f] ?? 0) > threshold)) continue;
    sum += levels.weighted[f] ?? 0;
    count++;
  }
  return count === 0 ? Number.NEGATIVE_INFINITY : loudnessOfPower(sum / count);
}
