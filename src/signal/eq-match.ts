import { bandCentres } from "./band-levels.ts";
import { fromDb } from "./decibels.ts";
import { createFft } from "./fft.ts";

export type MatchingFilterOptions = {
  /** Band levels in dB of the sound to be changed, as from `bandLevels`. */
  from: ArrayLike<number>;
  /** Band levels in dB it is to get. Only the shape matters: the mean difference is left out. */
  to: ArrayLike<number>;
  /** Hz, of the samples the filter will be applied to. */
  sampleRate: number;
  /** No band is raised or lowered by more than this; 8 when left out. */
  limitDb?: number;
};

/** Half the filter's length. */
const REACH_SECONDS = 0.0027;
/** A band this far below the strongest holds no speech that could be raised, only noise. */
const EMPTY_BAND_DB = 60;

/**
 * A filter that gives a sound the spectrum of another, for speech to sit in a recording.
 * Bands that `from` lacks (a clip of a low sample rate has fewer, or nothing in them) are left alone.
 * @returns the taps of a zero-phase FIR filter: an odd number (5.4 ms), symmetric about the middle.
 */
export function designMatchingFilter(options: MatchingFilterOptions): Float32Array {
  const { sampleRate } = options;
  const centres = bandCentres(sampleRate);
  const gains = bandGains(options, centres.length);
  const reach = Math.round(REACH_SECONDS * sampleRate);
  const { size, order, transform } = createFft(fftSize(reach));
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  for (let k = 0; k <= size / 2; k++) {
    const gain = fromDb(gainAt((k * sampleRate) / size, centres, gains));
    real[order[k] ?? 0] = gain;
    real[order[(size - k) % size] ?? 0] = gain;
  }
  transform(real, imaginary);
  const taps = new Float32Array(2 * reach + 1);
  for (let i = -reach; i <= reach; i++) {
    const window = 0.5 + 0.5 * Math.cos((Math.PI * i) / (reach + 1));
    taps[i + reach] = ((real[(i + size) % size] ?? 0) / size) * window;
  }
  return taps;
}

/** Large enough that most of a block is output and not overlap. */
function fftSize(reach: number): number {
  return Math.max(64, 2 ** Math.ceil(Math.log2(8 * reach)));
}

/** Gain in dB of each of `count` bands. */
function bandGains(options: MatchingFilterOptions, count: number): Float64Array {
  const { from, to, limitDb = 8 } = options;
  let strongest = Number.NEGATIVE_INFINITY;
  for (let b = 0; b < from.length; b++) strongest = Math.max(strongest, from[b] ?? strongest);
  const present: number[] = [];
  let mean = 0;
  for (let b = 0; b < Math.min(count, from.length, to.length); b++) {
    if ((from[b] ?? 0) <= strongest - EMPTY_BAND_DB) continue;
    present.push(b);
    mean += (to[b] ?? 0) - (from[b] ?? 0);
  }
  mean /= present.length;

  const limited = present.map((b) => {
    const difference = (to[b] ?? 0) - (from[b] ?? 0) - mean;
    return Math.max(-limitDb, Math.min(limitDb, difference));
  });
  const gains = new Float64Array(count);
  for (const [i, band] of present.entries()) {
    const here = limited[i] ?? 0;
    gains[band] = ((limited[i - 1] ?? here) + 2 * here + (limited[i + 1] ?? here)) / 4;
  }
  return gains;
}

/** Between two centres the gain changes evenly with the logarithm of the frequency. */
function gainAt(frequency: number, centres: readonly number[], gains: Float64Array): number {
  const upper = centres.findIndex((centre) => centre > frequency);
  if (upper === 0) return gains[0] ?? 0;
  if (upper < 0) return gains.at(-1) ?? 0;
  const low = centres[upper - 1] ?? frequency;
  const high = centres[upper] ?? frequency;
  const share = Math.log(frequency / low) / Math.log(high / low);
  return (gains[upper - 1] ?? 0) * (1 - share) + (gains[upper] ?? 0) * share;
}

/**
 * Passes `samples` through a symmetric FIR filter of odd length, as from
 * {@link designMatchingFilter}. Nothing is delayed: the result is as long as the input and in step
 * with it; beyond the ends the input counts as silence.
 *
 * Overlap-save. The filter is real, so two blocks travel through one transform, as its real and
 * imaginary part; and it is symmetric, so its spectrum is a plain gain for each bin.
 * @throws RangeError when the number of taps is even.
 */
export function applyFilter(samples: Float32Array, filter: Float32Array): Float32Array {
  if (filter.length % 2 === 0) {
    throw new RangeError(`filter: it has ${filter.length} taps; give an odd, symmetric filter`);
  }
  const reach = (filter.length - 1) / 2;
  const { size, order, transform } = createFft(fftSize(Math.max(1, reach)));
  const gains = spectrumOf(filter, size);
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  const filteredReal = new Float64Array(size);
  const filteredImaginary = new Float64Array(size);
  const output = new Float32Array(samples.length);
  const step = size - 2 * reach;

  for (let at = 0; at < samples.length; at += 2 * step) {
    load(samples, at - reach, real, order);
    load(samples, at + step - reach, imaginary, order);
    transform(real, imaginary);
    for (let k = 0; k < size; k++) {
      const to = order[k] ?? 0;
      const gain = gains[k] ?? 0;
      filteredReal[to] = (real[k] ?? 0) * gain;
      filteredImaginary[to] = (imaginary[k] ?? 0) * gain;
    }
    transform(filteredImaginary, filteredReal);
    output.set(filteredReal.subarray(reach, reach + Math.min(step, samples.length - at)), at);
    const second = at + step;
    if (second < samples.length) {
      const count = Math.min(step, samples.length - second);
      output.set(filteredImaginary.subarray(reach, reach + count), second);
    }
  }
  return output;
}

/** The filter's gain in each bin, with the scale of forward and inverse transform in it. */
function spectrumOf(filter: Float32Array, size: number): Float64Array {
  const { order, transform } = createFft(size);
  const reach = (filter.length - 1) / 2;
  const real = new Float64Array(size);
  for (let i = 0; i < filter.length; i++) {
    real[order[(i - reach + size) % size] ?? 0] = (filter[i] ?? 0) / size;
  }
  transform(real, new Float64Array(size));
  return real;
}

/** Writes `samples[from..from + size)` in the transform's order; 0 outside the samples. */
function load(samples: Float32Array, from: number, into: Float64Array, order: Uint32Array): void {
  const first = Math.max(0, -from);
  const end = Math.min(into.length, samples.length - from);
  if (first > 0 || end < into.length) into.fill(0);
  for (let i = first; i < end; i++) into[order[i] ?? 0] = samples[from + i] ?? 0;
}
