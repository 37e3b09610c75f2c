import { seededRandom } from "./seeded-random.ts";

/** Made signals for tests. */

type Shape = { seconds: number; sampleRate: number; amplitude?: number };

export function sine({ seconds, sampleRate, amplitude = 1 }: Shape, frequency: number) {
  const step = (2 * Math.PI * frequency) / sampleRate;
  const length = Math.round(seconds * sampleRate);
  return Float32Array.from({ length }, (_, i) => amplitude * Math.sin(step * i));
}

/** White noise, evenly spread over ±amplitude. */
export function noise({ seconds, sampleRate, amplitude = 1 }: Shape, seed = 1) {
  const random = seededRandom(seed);
  const length = Math.round(seconds * sampleRate);
  return Float32Array.from({ length }, () => amplitude * (2 * random() - 1));
}

export function silence({ seconds, sampleRate }: Shape) {
  return new Float32Array(Math.round(seconds * sampleRate));
}

export function joined(...parts: Float32Array[]) {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The samples in pieces of uneven length, as a decoder would bring them. */
export function pieces(samples: Float32Array, seed = 7): Float32Array[] {
  const random = seededRandom(seed);
  const parts: Float32Array[] = [];
  for (let at = 0; at < samples.length; ) {
    const length = Math.floor(random() * 3000);
    parts.push(samples.subarray(at, at + length));
    at += length;
  }
  return parts;
}

/** A buzz of a voice's pitch in syllables of changing loudness: the crudest likeness of speech. */
export function babble({ seconds, sampleRate, amplitude = 0.3 }: Shape, seed = 3) {
  const random = seededRandom(seed);
  const length = Math.round(seconds * sampleRate);
  let phase = 0;
  return Float32Array.from({ length }, (_, i) => {
    const time = i / sampleRate;
    phase = (phase + (120 + 20 * Math.sin(2 * Math.PI * time)) / sampleRate) % 1;
    const syllable = Math.sin(Math.PI * 4 * time) ** 2;
    return amplitude * syllable * ((1 - 2 * phase) * 0.8 + 0.2 * (2 * random() - 1));
  });
}

export function rms(samples: Float32Array) {
  let sum = 0;
  for (const x of samples) sum += x * x;
  return Math.sqrt(sum / samples.length);
}

/** Fails unless `actual` lies within `tolerance` of `expected`. */
export function assertNear(actual: number, expected: number, tolerance: number) {
  if (Math.abs(actual - expected) <= tolerance) return;
  throw new Error(`expected ${expected} ± ${tolerance}, got ${actual}`);
}
