/** Segments are taken from the input unchanged and joined where they fit best. */
const SEGMENT_SECONDS = 0.016;
/** Over this time one segment passes into the next. */
const OVERLAP_SECONDS = 0.008;
/** A segment may lie this far from its ideal place: together both sides cover a 62 Hz voice's period. */
const SEARCH_SECONDS = 0.008;
/** The search first runs at about this rate, where one step is still well within a voice's period. */
const COARSE_RATE = 6000;
/** Below this the factor cannot be heard, and one join does instead of one for every segment. */
const INAUDIBLE_CHANGE = 0.005;
const SMALLEST_SEGMENT = 16;

/** All in samples of the input's rate. */
type Plan = {
  segment: number;
  overlap: number;
  search: number;
  /** Samples that make one of the coarse copy. */
  coarseness: number;
  samples: Float32Array;
  coarse: Float32Array;
};

/**
 * Makes a mono sound `targetLength` samples long without changing its pitch, by WSOLA (Verhelst and
 * Roelands 1993): segments of the input are moved, each to where its waveform goes on best from the
 * one before. The first and the last segment keep their place at the ends, so no onset is lost.
 * A change of at most 0.5 % is one join at the least noticeable place; no change is a copy.
 * @throws RangeError when `targetLength` is not between half and twice the length.
 */
export function timeStretch(
  samples: Float32Array,
  sampleRate: number,
  targetLength: number,
): Float32Array {
  const ratio = targetLength / samples.length;
  if (!Number.isInteger(targetLength) || !(ratio >= 0.5 && ratio <= 2)) {
    throw new RangeError(
      `time stretch: ${targetLength} samples wanted of ${samples.length}; give a whole number between half and twice as many`,
    );
  }
  if (targetLength === samples.length) return samples.slice();
  const shorter = Math.min(samples.length, targetLength);
  const segment = Math.min(Math.round(SEGMENT_SECONDS * sampleRate), Math.floor(shorter / 4));
  if (segment < SMALLEST_SEGMENT) return resampled(samples, targetLength);

  const overlap = Math.min(Math.round(OVERLAP_SECONDS * sampleRate), segment >> 1);
  const search = Math.min(Math.round(SEARCH_SECONDS * sampleRate), segment >> 1);
  const coarseness = Math.max(1, Math.floor(sampleRate / COARSE_RATE));
  const coarse = coarseCopy(samples, coarseness);
  const plan: Plan = { segment, overlap, search, coarseness, samples, coarse };

  const output = new Float32Array(targetLength);
  const placed = Math.abs(ratio - 1) <= INAUDIBLE_CHANGE ? START : placeSegments(plan, output);
  finishAtEnd(plan, output, placed);
  return output;
}

/** `output[0..written)` is done, and `samples[reading]` is what goes on from it. */
type Progress = { written: number; reading: number };
const START: Progress = { written: 0, reading: 0 };

/** Fills the output but for the last two to three segments. */
function placeSegments(plan: Plan, output: Float32Array): Progress {
  const { samples, segment, overlap, search } = plan;
  // Between the two ends, which are kept, input time runs evenly over output time.
  const speed = (samples.length - segment) / (output.length - segment);
  const latest = samples.length - segment - overlap;
  output.set(samples.subarray(0, segment), 0);
  let written = segment;
  let reading = segment;
  while (written + 3 * segment <= output.length) {
    const ideal = Math.min(latest, Math.round(written * speed));
    // As long as the next segment is near its place, simply going on is the best join there is.
    if (Math.abs(reading - ideal) <= search && reading <= latest) {
      output.set(samples.subarray(reading, reading + segment), written);
    } else {
      const best = bestContinuation(plan, reading, ideal);
      crossfade(plan, output, { at: written, from: reading, to: best });
      output.set(samples.subarray(best + overlap, best + segment), written + overlap);
      reading = best;
    }
    written += segment;
    reading += segment;
  }
  return { written, reading };
}

/**
 * Writes the rest so that it ends with the input's last sample: goes on from `reading`, and passes
 * over to the input's end at the place where the two differ least.
 */
function finishAtEnd(plan: Plan, output: Float32Array, { written, reading }: Progress): void {
  const { samples, overlap } = plan;
  const shift = samples.length - output.length + written - reading;
  const first = Math.max(reading, -shift);
  const last = Math.min(reading + output.length - written, samples.length) - overlap;
  const join = leastDifference(plan, { first: Math.min(first, last), last, shift });
  const at = written + join - reading;
  output.set(samples.subarray(reading, join), written);
  crossfade(plan, output, { at, from: join, to: join + shift });
  output.set(samples.subarray(join + shift + overlap), at + overlap);
}

/** The place in first..last at which `samples` differs least from itself `shift` samples later. */
function leastDifference(
  { samples, overlap, coarseness }: Plan,
  { first, last, shift }: { first: number; last: number; shift: number },
): number {
  const step = Math.max(1, overlap >> 4);
  let best = first;
  let least = Number.POSITIVE_INFINITY;
  for (let place = first; place <= last; place += step) {
    let sum = 0;
    for (let i = place; i < place + overlap && sum < least; i += coarseness) {
      const difference = (samples[i] ?? 0) - (samples[i + shift] ?? 0);
      sum += difference * difference;
    }
    if (sum >= least) continue;
    least = sum;
    best = place;
  }
  return best;
}

/** The place near `ideal` where the input looks most like it does at `reading`. */
function bestContinuation(plan: Plan, reading: number, ideal: number): number {
  const { samples, coarse, overlap, search, coarseness, segment } = plan;
  const latest = samples.length - segment - overlap;
  const near = mostAlike(coarse, {
    pattern: Math.round(reading / coarseness),
    length: Math.floor(overlap / coarseness),
    around: Math.round(ideal / coarseness),
    reach: Math.floor(search / coarseness),
    stride: 1,
  });
  const exact = mostAlike(samples, {
    pattern: reading,
    length: overlap,
    around: near * coarseness,
    reach: coarseness,
    stride: Math.max(1, coarseness >> 1),
  });
  return Math.max(0, Math.min(latest, exact));
}

type AlikeSearch = {
  /** Where the pattern stands, and how long it is. */
  pattern: number;
  length: number;
  /** Where to look: `around` ± `reach`. */
  around: number;
  reach: number;
  /** Every so many samples are compared. */
  stride: number;
};

/** The place whose normalised correlation with the pattern is highest; `around` when none stands out. */
function mostAlike(
  signal: Float32Array,
  { pattern, length, around, reach, stride }: AlikeSearch,
): number {
  const first = Math.max(0, around - reach);
  const last = Math.min(signal.length - length, around + reach);
  const end = Math.min(length, signal.length - pattern);
  let best = around;
  let highest = 0;
  for (let place = first; place <= last; place++) {
    let product = 0;
    let energy = 0;
    for (let i = 0; i < end; i += stride) {
      const x = signal[place + i] ?? 0;
      product += x * (signal[pattern + i] ?? 0);
      energy += x * x;
    }
    if (product <= 0 || product * product <= highest * energy) continue;
    highest = (product * product) / energy;
    best = place;
  }
  return best;
}

/** Passes from `samples[from…]` into `samples[to…]` over `output[at..at + overlap)`. */
function crossfade(
  { samples, overlap }: Plan,
  output: Float32Array,
  { at, from, to }: { at: number; from: number; to: number },
): void {
  const phase = Math.PI / overlap;
  for (let i = 0; i < overlap; i++) {
    const rising = 0.5 - 0.5 * Math.cos(phase * (i + 0.5));
    output[at + i] = (samples[from + i] ?? 0) * (1 - rising) + (samples[to + i] ?? 0) * rising;
  }
}

/** Means of `coarseness` samples each. */
function coarseCopy(samples: Float32Array, coarseness: number): Float32Array {
  const coarse = new Float32Array(Math.floor(samples.length / coarseness));
  for (let c = 0; c < coarse.length; c++) {
    let sum = 0;
    for (let i = c * coarseness; i < (c + 1) * coarseness; i++) sum += samples[i] ?? 0;
    coarse[c] = sum;
  }
  return coarse;
}

/** For what is too short to hold a period of a voice: straight lines between the samples. */
function resampled(samples: Float32Array, targetLength: number): Float32Array {
  const output = new Float32Array(targetLength);
  const step = targetLength > 1 ? (samples.length - 1) / (targetLength - 1) : 0;
  for (let i = 0; i < targetLength; i++) {
    const place = i * step;
    const low = Math.floor(place);
    const share = place - low;
    output[i] = (samples[low] ?? 0) * (1 - share) + (samples[low + 1] ?? 0) * share;
  }
  return output;
}
