import type { Audio } from "../../domain/audio.ts";
import { powerToDb } from "../../signal/decibels.ts";
import { frameLevels } from "../../signal/frame-levels.ts";
import { percentile } from "../../signal/percentile.ts";

/** Levels are averaged over so many frames of 10 ms, a syllable: single sounds differ by themselves. */
const SPAN_FRAMES = 15;
/** Level of clear speech: this share of the frames is quieter. */
const LOUD_SHARE = 0.9;
/** So far below it the mouth opens least. */
const RANGE_DB = 24;
const LEAST_GAIN = 0.6;
/** At clear speech; above it the mouth opens wider up to {@link MOST_GAIN}. */
const LOUD_GAIN = 1;
const MOST_GAIN = 1.08;

/**
 * How far a mouth opens at a moment (seconds) compared with clear speech, 0.6..1.08: by the level of
 * the syllable against that of the sound's loud part. Continuous; a silent sound gives 1 throughout.
 */
export function loudnessGain({ samples, sampleRate }: Audio): (seconds: number) => number {
  const { powers, frameSeconds } = frameLevels(samples, sampleRate);
  const smooth = meanOver(powers, SPAN_FRAMES);
  const loudDb = powers.length === 0 ? -120 : powerToDb(percentile(smooth, LOUD_SHARE));
  if (loudDb <= -100) return () => 1;
  const gains = Float32Array.from(smooth, (power) => {
    const gain = LOUD_GAIN + ((LOUD_GAIN - LEAST_GAIN) * (powerToDb(power) - loudDb)) / RANGE_DB;
    return Math.min(MOST_GAIN, Math.max(LEAST_GAIN, gain));
  });
  return (seconds) => {
    const position = Math.min(Math.max(0, seconds / frameSeconds - 0.5), gains.length - 1);
    const index = Math.floor(position);
    const before = gains[index] ?? 1;
    return before + (position - index) * ((gains[index + 1] ?? before) - before);
  };
}

function meanOver(values: Float32Array, span: number): Float32Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = (sums[i] ?? 0) + (values[i] ?? 0);
  const half = span >> 1;
  return Float32Array.from(values, (_, i) => {
    const from = Math.max(0, i - half);
    const to = Math.min(values.length, i + half + 1);
    return ((sums[to] ?? 0) - (sums[from] ?? 0)) / (to - from);
  });
}
