import { createFft } from "../../../signal/fft.ts";

/** Hz: what the network hears. */
export const MEL_RATE = 16_000;
/** Bands from low to high. */
export const MEL_BANDS = 80;
/** Columns a second. */
export const MEL_COLUMNS_A_SECOND = 80;
/** What digital silence is. */
export const MEL_LEAST = -4;

const PRE_EMPHASIS = 0.97;
const WINDOW = 800;
const HOP = MEL_RATE / MEL_COLUMNS_A_SECOND;
const BINS = WINDOW / 2 + 1;
const LOWEST_HZ = 55;
const HIGHEST_HZ = 7600;

/** A spectrogram, `[band][column]`, flat, in −4..4. */
export type Mel = { values: Float32Array; columns: number };

/**
 * The mel spectrogram that Wav2Lip was trained on (`audio.py` and `hparams.py` of Rudrabha/Wav2Lip, with
 * the mel scale of librosa): column c is of the 50 ms around sample 200·c, mirrored at both ends.
 * @param samples Mono of 16 kHz, −1..1. None at all are digital silence of one column.
 */
export function wav2lipMel(samples: Float32Array): Mel {
  const columns = 1 + Math.floor(samples.length / HOP);
  const values = new Float32Array(MEL_BANDS * columns);
  const filters = melFilters();
  const magnitudes = createMagnitudes();
  const frame = new Float64Array(WINDOW);
  const spectrum = new Float64Array(BINS);
  for (let column = 0; column < columns; column++) {
    const from = column * HOP - WINDOW / 2;
    for (let i = 0; i < WINDOW; i++) frame[i] = emphasised(samples, mirrored(from + i, samples));
    magnitudes(frame, spectrum);
    for (const [band, { first, weights }] of filters.entries()) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) {
        sum += (weights[i] ?? 0) * (spectrum[first + i] ?? 0);
      }
      values[band * columns + column] = normalised(sum);
    }
  }
  return { values, columns };
}

/** Levels of −80..20 dB become −4..4; what is beyond is clipped. */
function normalised(magnitude: number): number {
  const levelDb = 20 * Math.log10(Math.max(1e-5, magnitude));
  return Math.min(4, Math.max(MEL_LEAST, (8 * (levelDb + 80)) / 100 - 4));
}

function emphasised(samples: Float32Array, at: number): number {
  return (samples[at] ?? 0) - PRE_EMPHASIS * (samples[at - 1] ?? 0);
}

/** The sample at a place before the first or after the last one: as in a mirror there, again and again. */
function mirrored(at: number, { length }: Float32Array): number {
  if (at >= 0 && at < length) return at;
  if (length < 2) return 0;
  const period = 2 * (length - 1);
  const inside = ((at % period) + period) % period;
  return inside < length ? inside : period - inside;
}

/** Short transforms of a power of two, whose outputs are joined by the sum that defines the long one. */
const PART = 32;
const PARTS = WINDOW / PART;

/**
 * The magnitudes of the 401 bins of 800 samples under a periodic Hann window, unscaled. 800 is no power
 * of two: every 25th sample goes through a transform of 32 (Cooley and Tukey, Math. Comp. 19, 1965).
 */
function createMagnitudes(): (frame: Float64Array, out: Float64Array) => void {
  const { order, transform } = createFft(PART);
  const cosines = Float64Array.from({ length: WINDOW }, (_, i) =>
    Math.cos((2 * Math.PI * i) / WINDOW),
  );
  const sines = Float64Array.from(
    { length: WINDOW },
    (_, i) => -Math.sin((2 * Math.PI * i) / WINDOW),
  );
  const parts = Array.from({ length: PARTS }, () => ({
    real: new Float64Array(PART),
    imaginary: new Float64Array(PART),
  }));
  return (frame, out) => {
    for (const [offset, { real, imaginary }] of parts.entries()) {
      for (let i = 0; i < PART; i++) {
        const at = offset + PARTS * i;
        real[order[i] ?? 0] = (frame[at] ?? 0) * (0.5 - 0.5 * (cosines[at] ?? 0));
      }
      imaginary.fill(0);
      transform(real, imaginary);
    }
    for (let bin = 0; bin < BINS; bin++) {
      const inPart = bin % PART;
      let sumReal = 0;
      let sumImaginary = 0;
      for (let offset = 0, turn = 0; offset < PARTS; offset++, turn = (turn + bin) % WINDOW) {
        const part = parts[offset];
        const real = part?.real[inPart] ?? 0;
        const imaginary = part?.imaginary[inPart] ?? 0;
        const c = cosines[turn] ?? 0;
        const s = sines[turn] ?? 0;
        sumReal += real * c - imaginary * s;
        sumImaginary += real * s + imaginary * c;
      }
      out[bin] = Math.hypot(sumReal, sumImaginary);
    }
  };
}

/** Weights of the bins from `first`. */
type MelFilter = { first: number; weights: Float64Array };

/** Triangles of equal area, evenly spaced on Slaney's mel scale (Auditory Toolbox, 1998). */
function melFilters(): MelFilter[] {
  const [lowest, highest] = [melOf(LOWEST_HZ), melOf(HIGHEST_HZ)];
  const corner = (index: number) =>
    hertzOf(lowest + ((highest - lowest) * index) / (MEL_BANDS + 1));
  const binHz = MEL_RATE / WINDOW;
  return Array.from({ length: MEL_BANDS }, (_, band) => {
    const [left, top, right] = [corner(band), corner(band + 1), corner(band + 2)];
    const first = Math.ceil(left / binHz);
    const length = Math.floor(right / binHz) - first + 1;
    const height = 2 / (right - left);
    const weights = Float64Array.from({ length }, (_weight, i) => {
      const hertz = (first + i) * binHz;
      return height * Math.min((hertz - left) / (top - left), (right - hertz) / (right - top));
    });
    return { first, weights };
  });
}

/** Linear up to 1 kHz, which is mel 15, and logarithmic above: 27 mels are a factor of 6.4. */
const LINEAR_HZ = 200 / 3;
const LOG_FROM_HZ = 1000;
const LOG_FROM_MEL = LOG_FROM_HZ / LINEAR_HZ;
const LOG_STEP = Math.log(6.4) / 27;

function melOf(hertz: number): number {
  if (hertz < LOG_FROM_HZ) return hertz / LINEAR_HZ;
  return LOG_FROM_MEL + Math.log(hertz / LOG_FROM_HZ) / LOG_STEP;
}

function hertzOf(mel: number): number {
  if (mel < LOG_FROM_MEL) return mel * LINEAR_HZ;
  return LOG_FROM_HZ * Math.exp(LOG_STEP * (mel - LOG_FROM_MEL));
}
