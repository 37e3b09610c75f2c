import { createFft } from "./fft.ts";

export const BANDS = 32;
const WINDOW_SECONDS = 0.025;
const PRE_EMPHASIS = 0.97;
const LOWEST_HZ = 100;
const HIGHEST_HZ = 7000;

/**
 * The power of speech in bands of the mel scale, for every hop.
 * @param options.hopSeconds From the beginning of a frame of 25 ms to that of the next.
 * @param options.warps Each reads frequencies as so many times higher.
 * @returns `bands[warp][frame][band]`, and the level of each frame, dB of full scale.
 */
export function melSpectra(
  samples: Float32Array,
  sampleRate: number,
  { hopSeconds, warps }: { hopSeconds: number; warps: readonly number[] },
): { bands: Float64Array[][]; levelsDb: Float32Array } {
  const length = Math.round(WINDOW_SECONDS * sampleRate);
  const size = 2 ** Math.ceil(Math.log2(length));
  const { order, transform } = createFft(size);
  const banks = warps.map((warp) => melFilters(sampleRate * warp, size));
  const window = Float64Array.from(
    { length },
    (_, i) => 0.54 - 0.46 * Math.cos((2 * Math.PI * i) / (length - 1)),
  );
  const hop = hopSeconds * sampleRate;
  const frames = Math.max(0, 1 + Math.floor((samples.length - length) / hop));
  const levelsDb = new Float32Array(frames);
  const bands = warps.map((): Float64Array[] => []);
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  const power = new Float64Array(size / 2 + 1);
  for (let frame = 0; frame < frames; frame++) {
    const from = Math.round(frame * hop);
    real.fill(0);
    imaginary.fill(0);
    let energy = 0;
    for (let i = 0; i < length; i++) {
      const sample = samples[from + i] ?? 0;
      energy += sample * sample;
      const emphasised = sample - PRE_EMPHASIS * (samples[from + i - 1] ?? 0);
      real[order[i] ?? 0] = emphasised * (window[i] ?? 0);
    }
    levelsDb[frame] = 10 * Math.log10(energy / length + 1e-12);
    transform(real, imaginary);
    for (let bin = 0; bin < power.length; bin++) {
      power[bin] = ((real[bin] ?? 0) ** 2 + (imaginary[bin] ?? 0) ** 2) / size;
    }
    for (const [index, filters] of banks.entries()) bands[index]?.push(filtered(power, filters));
  }
  return { bands, levelsDb };
}

function filtered(power: Float64Array, filters: readonly MelFilter[]): Float64Array {
  const powers = new Float64Array(filters.length);
  for (const [band, { first, weights }] of filters.entries()) {
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += (weights[i] ?? 0) * (power[first + i] ?? 0);
    powers[band] = sum;
  }
  return powers;
}

/** A triangle on the mel scale: weights of the bins from `first`. */
type MelFilter = { first: number; weights: Float64Array };

function melFilters(sampleRate: number, size: number): MelFilter[] {
  const mel = (hz: number) => 2595 * Math.log10(1 + hz / 700);
  const hertz = (value: number) => 700 * (10 ** (value / 2595) - 1);
  const lowest = mel(LOWEST_HZ);
  const step = (mel(HIGHEST_HZ) - lowest) / (BANDS + 1);
  const corner = (index: number) => (hertz(lowest + step * index) / sampleRate) * size;
  return Array.from({ length: BANDS }, (_, band) => {
    const [left, top, right] = [corner(band), corner(band + 1), corner(band + 2)];
    const first = Math.ceil(left);
    const length = Math.max(0, Math.floor(Math.min(right, size / 2)) - first + 1);
    const weights = Float64Array.from({ length }, (_, i) =>
      first + i <= top ? (first + i - left) / (top - left) : (right - first - i) / (right - top),
    );
    return { first, weights };
  });
}
