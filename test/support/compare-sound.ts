import type { Audio } from "../../src/domain/audio.ts";
import { toDb } from "../../src/signal/decibels.ts";

/** Measures for assertions on decoded sound; times in seconds, `start` inclusive. */

export type Agreement = {
  /** How many samples later the other sound is; exact up to `reach`. */
  offset: number;
  /** What remains of the other when this one is taken from it there, dB of this one's level. */
  residualDb: number;
};

/** Compares a stretch of a sound with the same stretch of another by cross-correlation. */
export function agreement(
  sound: Audio,
  other: Audio,
  stretch: { start: number; end: number; reach?: number },
): Agreement {
  const { samples, sampleRate } = sound;
  const { reach = 300 } = stretch;
  const from = Math.round(stretch.start * sampleRate);
  const to = Math.min(samples.length, Math.round(stretch.end * sampleRate));
  if (to - from < 0.05 * sampleRate) throw new RangeError("the stretch is too short to compare");
  let offset = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (let lag = -reach; lag <= reach; lag++) {
    let product = 0;
    for (let i = from; i < to; i++) {
      product += (samples[i] as number) * (other.samples[i + lag] ?? 0); // i is inside
    }
    if (product <= highest) continue;
    highest = product;
    offset = lag;
  }
  let left = 0;
  let energy = 0;
  for (let i = from; i < to; i++) {
    const sample = samples[i] ?? 0;
    left += ((other.samples[i + offset] ?? 0) - sample) ** 2;
    energy += sample ** 2;
  }
  return { offset, residualDb: toDb(Math.sqrt(left / energy)) };
}

/** RMS of a stretch, dB of full scale. */
export function levelDb({ samples, sampleRate }: Audio, start: number, end: number): number {
  const part = samples.subarray(Math.round(start * sampleRate), Math.round(end * sampleRate));
  const energy = part.reduce((sum, sample) => sum + sample * sample, 0);
  return toDb(Math.sqrt(energy / Math.max(1, part.length)));
}

/** The first moment from `start` on at which 2 ms of a sound are louder than `thresholdDb`; NaN for none. */
export function onset({ samples, sampleRate }: Audio, start: number, thresholdDb: number): number {
  const window = Math.round(0.002 * sampleRate);
  const threshold = window * 10 ** (thresholdDb / 10);
  const from = Math.round(start * sampleRate);
  let energy = 0;
  for (let i = from; i < samples.length; i++) {
    energy += (samples[i] ?? 0) ** 2;
    if (i - from >= window) energy -= (samples[i - window] ?? 0) ** 2;
    if (energy > threshold) return i / sampleRate;
  }
  return Number.NaN;
}

/** The course of a stretch's level in `parts` equal parts, dB relative to the whole stretch. */
export function courseDb(
  sound: Audio,
  { start, end, parts }: { start: number; end: number; parts: number },
): number[] {
  const whole = levelDb(sound, start, end);
  const step = (end - start) / parts;
  return Array.from(
    { length: parts },
    (_, i) => levelDb(sound, start + i * step, start + (i + 1) * step) - whole,
  );
}
