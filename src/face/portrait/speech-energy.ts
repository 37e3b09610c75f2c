import { clamp, mix } from "./easing.ts";

/** How lively speech is around a moment. */
export type SpeechEnergy = {
  /** 0 in silence, 1 in loud speech, over about half a second. */
  active: number;
  /** How much the moment stands out from what is around it, −1..1: stressed syllables do. */
  stress: number;
};

/** Seconds between two levels. */
const HOP = 0.01;
/** Speech this far below the loudest is silence, dB. */
const RANGE_DB = 32;
/** A sound whose loudest level is below this has no speech, dB. */
const LEAST_DB = -60;
/** Hops to both sides that are averaged: syllables, and phrases. */
const SYLLABLE = 9;
const PHRASE = 45;

/**
 * The course of speech's energy, smooth enough to move a head by.
 * @param levelsDb dB of full scale, one for every 10 ms.
 */
export function speechEnergy(levelsDb: Float32Array): (seconds: number) => SpeechEnergy {
  const loudest = levelsDb.reduce((most, level) => Math.max(most, level), Number.NEGATIVE_INFINITY);
  const energy = levelsDb.map((level) =>
    loudest < LEAST_DB ? 0 : clamp((level - loudest + RANGE_DB) / RANGE_DB, 0, 1),
  );
  const syllables = mean(mean(energy, SYLLABLE), SYLLABLE);
  const phrases = mean(mean(energy, PHRASE), PHRASE);
  return (seconds) => {
    const active = valueAt(phrases, seconds);
    return {
      active: clamp(1.6 * active, 0, 1),
      stress: clamp(2.5 * (valueAt(syllables, seconds) - active), -1, 1),
    };
  };
}

/** Means over `reach` values to both sides; beyond the ends there is silence. */
function mean(values: Float32Array, reach: number): Float32Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = (sums[i] ?? 0) + (values[i] ?? 0);
  return values.map((_, i) => {
    const end = Math.min(values.length, i + reach + 1);
    const start = Math.max(0, i - reach);
    return ((sums[end] ?? 0) - (sums[start] ?? 0)) / (2 * reach + 1);
  });
}

function valueAt(values: Float32Array, seconds: number): number {
  const place = seconds / HOP;
  const index = Math.floor(place);
  return mix(values[index] ?? 0, values[index + 1] ?? 0, place - index);
}
