import type { Audio } from "../../domain/audio.ts";
import { powerToDb } from "../../signal/decibels.ts";
import { createPowerSpectrum } from "../../signal/fft.ts";
import { percentile } from "../../signal/percentile.ts";

export const HOP_SECONDS = 0.01;
/** Bands of equal width to the ear, and the coefficients that tell the shape of their levels. */
export const BANDS = 20;
export const COEFFICIENTS = 10;
const LOWEST_HZ = 100;
const HIGHEST_HZ = 7000;
const WINDOW_SECONDS = 0.03;
/** Level of loud speech: this share of the frames is quieter. */
const LOUD_SHARE = 0.95;
/** Loud speech below this is silence, dB of full scale. */
const SILENCE_DB = -75;
/** What lies further below loud speech is as good as silent, dB. */
const RANGE_DB = 60;
/** Frames so far below loud speech say nothing about the voice and its microphone, dB. */
const SPOKEN_RANGE_DB = 25;
/** With so many frames of speech, the sound's own mean spectrum and that of all voices count alike. */
const PRIOR_FRAMES = 150;

/**
 * What is heard every 10 ms, frame f from f to f + 1 hops: cepstral coefficients 0..9 of the levels in
 * {@link BANDS} mel bands, relative to loud speech, `[frame][coefficient]` flat. Null for a sound in
 * which nothing is to be heard.
 * @param options.usualDb Mean level of each band in speech, relative to loud speech: what differs from
 * it throughout is the voice or its microphone and is taken out, the more the longer the sound is.
 */
export function soundFeatures(
  audio: Audio,
  { usualDb }: { usualDb: readonly number[] },
): Float32Array | null {
  const levels = relativeLevels(audio);
  if (!levels) return null;
  const { frames, spoken } = levels;
  const mean = meanOf(spoken);
  const trust = spoken.length / (spoken.length + PRIOR_FRAMES);
  const shift = mean.map((value, band) => trust * (value - (usualDb[band] ?? value)));
  const features = new Float32Array(frames.length * COEFFICIENTS);
  for (const [index, frame] of frames.entries()) {
    for (let c = 0; c < COEFFICIENTS; c++) {
      let sum = 0;
      for (let band = 0; band < BANDS; band++) {
        const level = Math.max((frame[band] ?? 0) - (shift[band] ?? 0), -RANGE_DB);
        sum += level * (COSINES[c * BANDS + band] ?? 0);
      }
      features[index * COEFFICIENTS + c] = sum / BANDS;
    }
  }
  return features;
}

/** Mean level of each band in the speech of a sound, dB relative to loud speech. */
export function meanSpectrum(audio: Audio): Float64Array {
  return meanOf(relativeLevels(audio)?.spoken ?? []);
}

const COSINES = Float64Array.from({ length: COEFFICIENTS * BANDS }, (_, i) =>
  Math.cos((Math.PI * Math.floor(i / BANDS) * ((i % BANDS) + 0.5)) / BANDS),
);

/** `frames[frame][band]`, dB relative to loud speech; `spoken` are those in which somebody speaks. */
function relativeLevels(audio: Audio): { frames: Float32Array[]; spoken: Float32Array[] } | null {
  const { frames, levelsDb } = bandLevels(audio);
  const loudDb = frames.length === 0 ? SILENCE_DB : percentile(levelsDb, LOUD_SHARE);
  if (!(loudDb > SILENCE_DB)) return null;
  for (const frame of frames) {
    for (let b = 0; b < BANDS; b++) frame[b] = Math.max((frame[b] ?? 0) - loudDb, -RANGE_DB);
  }
  const spoken = frames.filter((_, frame) => (levelsDb[frame] ?? 0) > loudDb - SPOKEN_RANGE_DB);
  return { frames, spoken };
}

/**
 * Levels in bands spaced on the mel scale (O'Shaughnessy, Speech Communication, 1987), dB of full
 * scale. A band that the sample rate is too low for is as loud as the one below it.
 */
function bandLevels({ samples, sampleRate }: Audio) {
  const size = 2 ** Math.round(Math.log2(WINDOW_SECONDS * sampleRate));
  const spectrum = createPowerSpectrum(size);
  const bins = new Float64Array(size / 2 + 1);
  const edges = bandEdges();
  const hop = HOP_SECONDS * sampleRate;
  const count = Math.ceil(samples.length / hop);
  const levelsDb = new Float32Array(count);
  const frames = Array.from({ length: count }, (_, frame) => {
    spectrum(samples, Math.round((frame + 0.5) * hop - size / 2), bins);
    const powers = bandPowers(bins, edges, size / sampleRate);
    levelsDb[frame] = powerToDb(powers.reduce((sum, power) => sum + power, 0));
    return powers.map(powerToDb);
  });
  return { frames, levelsDb };
}

/** The BANDS + 1 borders of the bands, Hz. */
function bandEdges(): number[] {
  const mel = (hz: number) => 2595 * Math.log10(1 + hz / 700);
  const [low, high] = [mel(LOWEST_HZ), mel(HIGHEST_HZ)];
  return Array.from(
    { length: BANDS + 1 },
    (_, i) => 700 * (10 ** ((low + ((high - low) * i) / BANDS) / 2595) - 1),
  );
}

/** @param binsPerHz How many bins lie in one Hz. */
function bandPowers(bins: Float64Array, edges: readonly number[], binsPerHz: number) {
  const powers = new Float32Array(BANDS);
  for (let band = 0; band < BANDS; band++) {
    // Bin k stands for the frequencies k ± ½.
    const from = (edges[band] ?? 0) * binsPerHz + 0.5;
    const to = (edges[band + 1] ?? 0) * binsPerHz + 0.5;
    let sum = 0;
    for (let bin = Math.floor(from); bin < Math.min(to, bins.length); bin++) {
      sum += (bins[bin] ?? 0) * (Math.min(bin + 1, to) - Math.max(bin, from));
    }
    powers[band] = to < bins.length ? sum : (powers[band - 1] ?? sum);
  }
  return powers;
}

function meanOf(frames: readonly Float32Array[]): Float64Array {
  const sums = new Float64Array(BANDS);
  for (const frame of frames) {
    for (let b = 0; b < BANDS; b++) sums[b] = (sums[b] ?? 0) + (frame[b] ?? 0);
  }
  return sums.map((sum) => sum / Math.max(1, frames.length));
}
