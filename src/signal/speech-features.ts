import { BANDS, melSpectra } from "./mel-spectra.ts";
import { percentile } from "./percentile.ts";

/** What is said, without who says it and how loud: one vector for every hop of 10 ms. */
export type SpeechFeatures = {
  /** `[frame][dimension]`, of length 1 each: the distance of two is 1 − their scalar product. */
  vectors: Float32Array[];
  /** Level of each frame, dB of full scale. */
  levelsDb: Float32Array;
  /** Power of the noise in each band, over that of loud speech. */
  noise: Float64Array;
};

export const HOP_SECONDS = 0.01;
/** Cepstral coefficients 1..12: the zeroth is the level. */
const COEFFICIENTS = 12;
/** Bands this far below the loudest one of all are noise to the comparison, dB. */
const FLOOR_DB = -45;
/** The bands of this share of the frames hold nothing but noise. */
const NOISE_SHARE = 0.1;
/** Frames this far below the loud ones say nothing about the speaker, dB. */
const SPEECH_RANGE_DB = 30;

/**
 * Mel-frequency cepstral coefficients with their slopes, each brought to mean 0 and variance 1 over
 * the frames with speech, which takes most of the speaker and the room out (Davis and Mermelstein,
 * IEEE Trans. ASSP 28(4), 1980; Viikki and Laurila, Speech Communication 25, 1998). A sound needs a
 * second or more of speech for that: take a short piece of it from the features of the whole.
 * @param options.noise Of another recording: this one is put under as much of it, so that what noise
 * covers there is not missed here.
 * @param options.warp Reads frequencies as so many times higher, 1 when left out: above 1 a man's voice
 * is like a woman's, whose vocal tract is shorter (Lee and Rose, ICASSP 1996).
 */
export function speechFeatures(
  samples: Float32Array,
  sampleRate: number,
  { noise, warp = 1 }: { noise?: Float64Array; warp?: number } = {},
): SpeechFeatures {
  const warps = [warp];
  const { bands, levelsDb } = melSpectra(samples, sampleRate, { hopSeconds: HOP_SECONDS, warps });
  return featuresOf(bands[0] ?? [], levelsDb, noise ?? null);
}

/** The same for several warps at once, which takes little longer than for one. */
export function warpedFeatures(
  samples: Float32Array,
  sampleRate: number,
  { noise, warps }: { noise: Float64Array; warps: readonly number[] },
): SpeechFeatures[] {
  const { bands, levelsDb } = melSpectra(samples, sampleRate, { hopSeconds: HOP_SECONDS, warps });
  return bands.map((one) => featuresOf(one, levelsDb, noise));
}

/** @param bands `[frame][band]`, to which the noise is added. */
function featuresOf(
  bands: readonly Float64Array[],
  levelsDb: Float32Array,
  added: Float64Array | null,
): SpeechFeatures {
  const loudPower = 10 ** (percentile(levelsDb, 0.95) / 10);
  const noise = Float64Array.from({ length: BANDS }, (_, band) => {
    const powers = Float32Array.from(bands, (frame) => frame[band] ?? 0);
    return percentile(powers, NOISE_SHARE) / loudPower;
  });
  if (added) {
    for (const frame of bands) {
      for (let band = 0; band < BANDS; band++) {
        frame[band] = (frame[band] ?? 0) + (added[band] ?? 0) * loudPower;
      }
    }
  }
  const loudest = bands.reduce((most, frame) => frame.reduce(larger, most), 0);
  const floor = Math.max(loudest * 10 ** (FLOOR_DB / 10), 1e-12);
  const cepstra = bands.map((frame) => cepstrum(frame, floor));
  normalise(cepstra, levelsDb);
  return { vectors: cepstra.map((_, frame) => withSlopes(cepstra, frame)), levelsDb, noise };
}

/** Which frame shows a moment, seconds; at least 0. */
export function frameAt(seconds: number): number {
  return Math.max(0, Math.round(seconds / HOP_SECONDS));
}

const COSINES = Array.from({ length: COEFFICIENTS }, (_, c) =>
  Float64Array.from({ length: BANDS }, (_, band) =>
    Math.cos((Math.PI * (c + 1) * (band + 0.5)) / BANDS),
  ),
);

function cepstrum(bands: Float64Array, floor: number): Float64Array {
  const logs = bands.map((power) => Math.log(power + floor));
  return Float64Array.from(COSINES, (cosines) =>
    logs.reduce((sum, value, band) => sum + value * (cosines[band] ?? 0), 0),
  );
}

function normalise(cepstra: Float64Array[], levelsDb: Float32Array): void {
  const loud = percentile(levelsDb, 0.95);
  const spoken = cepstra.filter((_, frame) => (levelsDb[frame] ?? 0) > loud - SPEECH_RANGE_DB);
  for (let c = 0; c < COEFFICIENTS; c++) {
    const values = spoken.map((cepstrum) => cepstrum[c] ?? 0);
    const mean = values.reduce(sum, 0) / Math.max(1, values.length);
    const variance =
      values.reduce((total, value) => total + (value - mean) ** 2, 0) / Math.max(1, values.length);
    const scale = 1 / (Math.sqrt(variance) + 1e-3);
    for (const cepstrum of cepstra) cepstrum[c] = ((cepstrum[c] ?? 0) - mean) * scale;
  }
}

/** A frame's coefficients and how they change around it (regression over ±2 frames), of length 1. */
function withSlopes(cepstra: Float64Array[], frame: number): Float32Array {
  const vector = new Float32Array(2 * COEFFICIENTS);
  const at = (offset: number) =>
    cepstra[Math.min(cepstra.length - 1, Math.max(0, frame + offset))] ?? new Float64Array();
  const [before2, before1, here, after1, after2] = [at(-2), at(-1), at(0), at(1), at(2)];
  let energy = 0;
  for (let c = 0; c < COEFFICIENTS; c++) {
    const slope =
      (2 * ((after2[c] ?? 0) - (before2[c] ?? 0)) + (after1[c] ?? 0) - (before1[c] ?? 0)) / 5;
    vector[c] = here[c] ?? 0;
    vector[COEFFICIENTS + c] = slope;
    energy += (here[c] ?? 0) ** 2 + slope ** 2;
  }
  const scale = 1 / (Math.sqrt(energy) + 1e-6);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) * scale;
  return vector;
}

function larger(a: number, b: number): number {
  return Math.max(a, b);
}

function sum(a: number, b: number): number {
  return a + b;
}
