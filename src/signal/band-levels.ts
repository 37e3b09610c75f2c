import { FLOOR_DB, powerToDb } from "./decibels.ts";
import { createPowerSpectrum, type PowerSpectrum } from "./fft.ts";
import { energyOf } from "./frame-levels.ts";
import { percentile } from "./percentile.ts";

/** Measures the spectrum of the speech in a mono stream. */
export type BandMeter = {
  /** Takes the next samples of the stream, any number of them. */
  push(samples: Float32Array): void;
  /**
   * Levels in dB, one for each of {@link bandCentres}, of the frames whose power lies above
   * `activeThresholdDb` (to the nearest dB); −120 everywhere when there are none.
   */
  finish(activeThresholdDb: number): Float64Array;
};

/** Nominal centres in Hz of the third-octave bands of IEC 61260 that carry a voice. */
const CENTRES = [
  125, 160, 200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000, 2500, 3150, 4000, 5000, 6300,
];
/** Bands nearer to half the sample rate than this lie in the flank of a resampler's filter. */
const HIGHEST_SHARE_OF_RATE = 0.45;
const WINDOW_SECONDS = 0.023;
const FRAMES_PER_SECOND = 100;
const ACTIVE_POWER_RATIO = 0.01;
/** Frame levels are sorted into bins of 1 dB from here up to 0 dB. */
const LOWEST_LEVEL_DB = -100;
const LEVELS = 101;

/** Centres in Hz of the bands that can be measured at `sampleRate`: all 18 from 14 001 Hz on. */
export function bandCentres(sampleRate: number): number[] {
  return CENTRES.filter((centre) => centre < HIGHEST_SHARE_OF_RATE * sampleRate);
}

type BandAnalyser = {
  /** Length of the window, in samples. */
  size: number;
  spectrum: PowerSpectrum;
  /** Adds the power in each band of a spectrum to `sums[at..]`. */
  addBands(spectrum: Float64Array, sums: Float64Array, at: number): void;
  bands: number;
};

const analysers = new Map<number, BandAnalyser>();

/** Tables for a sample rate, kept: a process meets few rates, and each recipient needs them. */
function bandAnalyser(sampleRate: number): BandAnalyser {
  const known = analysers.get(sampleRate);
  if (known) return known;
  const size = 2 ** Math.round(Math.log2(WINDOW_SECONDS * sampleRate));
  const parts: { bin: number; band: number; share: number }[] = [];
  const centres = bandCentres(sampleRate);
  for (const [band, centre] of centres.entries()) {
    // In bins; bin k stands for the frequencies k ± ½.
    const low = ((centre * 2 ** (-1 / 6)) / sampleRate) * size;
    const high = ((centre * 2 ** (1 / 6)) / sampleRate) * size;
    for (let bin = Math.round(low); bin <= Math.min(size / 2, Math.round(high)); bin++) {
      const share = Math.min(bin + 0.5, high) - Math.max(bin - 0.5, low);
      if (share > 0) parts.push({ bin, band, share });
    }
  }
  const binOf = Uint32Array.from(parts, (part) => part.bin);
  const bandOf = Uint32Array.from(parts, (part) => part.band);
  const shareOf = Float64Array.from(parts, (part) => part.share);
  const analyser: BandAnalyser = {
    size,
    bands: centres.length,
    spectrum: createPowerSpectrum(size),
    addBands(spectrum, sums, at) {
      for (let p = 0; p < binOf.length; p++) {
        const band = at + (bandOf[p] ?? 0);
        sums[band] = (sums[band] ?? 0) + (shareOf[p] ?? 0) * (spectrum[binOf[p] ?? 0] ?? 0);
      }
    },
  };
  analysers.set(sampleRate, analyser);
  return analyser;
}

/**
 * A meter for a stream whose activity threshold is known only at its end: it keeps one sum of band
 * powers for every dB of frame level, a few kilobytes however long the stream is.
 * @param hopSeconds distance of the frames looked at; a whole number of 10 ms.
 */
export function createBandMeter(sampleRate: number, hopSeconds = 0.02): BandMeter {
  const { size, bands, spectrum, addBands } = bandAnalyser(sampleRate);
  const frameLength = Math.round(sampleRate / FRAMES_PER_SECOND);
  const lead = Math.round((size - frameLength) / 2);
  const bins = new Float64Array(size / 2 + 1);
  const sums = new Float64Array(LEVELS * bands);
  const counts = new Uint32Array(LEVELS);

  // `held[0..count)` is the stretch of the stream that begins at sample `origin`; before the stream
  // lies enough silence for the first frame's window.
  const held = new Float32Array(size + Math.max(size, 16_384));
  let count = lead;
  let origin = -lead;
  let frame = 0;
  let length = 0;

  const frameStart = () => Math.round(frame * hopSeconds * sampleRate);

  function measure(start: number): void {
    const at = start - origin;
    const level = powerToDb(energyOf(held, at, at + frameLength) / frameLength);
    if (level < LOWEST_LEVEL_DB) return;
    const bin = Math.min(LEVELS - 1, Math.round(level - LOWEST_LEVEL_DB));
    spectrum(held, at - lead, bins);
    addBands(bins, sums, bin * bands);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }

  function feed(samples: Float32Array): void {
    let taken = 0;
    while (taken < samples.length) {
      const part = samples.subarray(taken, taken + held.length - count);
      held.set(part, count);
      count += part.length;
      taken += part.length;
      let start = frameStart();
      while (start - lead + size <= origin + count && start + frameLength <= length) {
        measure(start);
        frame++;
        start = frameStart();
      }
      const done = Math.min(count, start - lead - origin);
      held.copyWithin(0, done, count);
      count -= done;
      origin += done;
    }
  }

  return {
    push(samples) {
      length += samples.length;
      feed(samples);
    },
    finish(activeThresholdDb) {
      feed(new Float32Array(size));
      const total = new Float64Array(bands);
      let frames = 0;
      const first = Math.max(0, Math.ceil(activeThresholdDb - LOWEST_LEVEL_DB));
      for (let level = first; level < LEVELS; level++) {
        frames += counts[level] ?? 0;
        for (let b = 0; b < bands; b++) {
          total[b] = (total[b] ?? 0) + (sums[level * bands + b] ?? 0);
        }
      }
      return levelsOf(total, frames);
    },
  };
}

/**
 * The spectrum of the speech in a whole mono signal: levels in dB, one for each of
 * {@link bandCentres}. Speech is every 10 ms frame within 20 dB of the frames' 95th percentile.
 * −120 everywhere for silence.
 */
export function bandLevels(samples: Float32Array, sampleRate: number): Float64Array {
  const { size, bands, spectrum, addBands } = bandAnalyser(sampleRate);
  const frameLength = Math.round(sampleRate / FRAMES_PER_SECOND);
  const lead = Math.round((size - frameLength) / 2);
  const frames = Math.floor((samples.length * FRAMES_PER_SECOND) / sampleRate);
  const startOf = (frame: number) => Math.round((frame * sampleRate) / FRAMES_PER_SECOND);

  const powers = new Float64Array(frames);
  for (let f = 0; f < frames; f++) {
    const start = startOf(f);
    const end = Math.min(samples.length, start + frameLength);
    powers[f] = energyOf(samples, start, end) / frameLength;
  }
  const threshold = frames === 0 ? 0 : percentile(powers, 0.95) * ACTIVE_POWER_RATIO;

  const bins = new Float64Array(size / 2 + 1);
  const sums = new Float64Array(size / 2 + 1);
  let active = 0;
  for (let f = 0; f < frames; f++) {
    if (!((powers[f] ?? 0) > threshold)) continue;
    spectrum(samples, startOf(f) - lead, bins);
    for (let k = 0; k < sums.length; k++) sums[k] = (sums[k] ?? 0) + (bins[k] ?? 0);
    active++;
  }
  const total = new Float64Array(bands);
  addBands(sums, total, 0);
  return levelsOf(total, active);
}

function levelsOf(total: Float64Array, frames: number): Float64Array {
  return total.map((sum) => (frames === 0 ? FLOOR_DB : powerToDb(sum / frames)));
}
