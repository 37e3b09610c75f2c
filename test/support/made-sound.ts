import { fromDb } from "../../src/signal/decibels.ts";
import { seededRandom } from "../../src/signal/seeded-random.ts";

/** A stretch of a made recording. */
export type Segment = {
  kind: "speech" | "silence";
  seconds: number;
  /** Another seed, another "voice": pitch and vowels differ. */
  seed?: number;
  /** RMS of the speech, dB of full scale; −20 when left out. */
  levelDb?: number;
};

export type SoundOptions = {
  sampleRate: number;
  /** RMS of the noise under everything, dB of full scale; null for digital silence. */
  noiseDb: number | null;
};

/** Formants of five vowels, Hz (Peterson & Barney 1952, men, rounded). */
const VOWELS = [
  [270, 2290, 3010],
  [530, 1840, 2480],
  [730, 1090, 2440],
  [570, 840, 2410],
  [300, 870, 2240],
] as const;
const BANDWIDTHS = [80, 110, 160] as const;
/** The first and the last of a stretch of speech rise and fall within so many seconds. */
const EDGE_SECONDS = 0.004;
const SYLLABLE_SECONDS = 0.18;

/** Where the speech lies, in seconds from the beginning. */
export function speechSpans(segments: readonly Segment[]): { start: number; end: number }[] {
  let at = 0;
  return segments.flatMap(({ kind, seconds }) => {
    const span = { start: at, end: at + seconds };
    at += seconds;
    return kind === "speech" ? [span] : [];
  });
}

/**
 * Something like a recording of speech: a buzz of pulses through formants, in syllables that never
 * fall as far as a pause does, with sudden borders; mono. The same in every run.
 */
export function madeSound(segments: readonly Segment[], options: SoundOptions): Float32Array {
  const { sampleRate, noiseDb } = options;
  const total = segments.reduce((sum, { seconds }) => sum + seconds, 0);
  const sound = new Float32Array(Math.round(total * sampleRate));
  if (noiseDb !== null) addNoise(sound, noiseDb);
  let at = 0;
  for (const [index, { kind, seconds, seed = index + 1, levelDb = -20 }] of segments.entries()) {
    const start = Math.round(at * sampleRate);
    at += seconds;
    if (kind === "silence") continue;
    const length = Math.round(at * sampleRate) - start;
    const speech = madeSpeech(length, sampleRate, seed);
    const gain = fromDb(levelDb) / rmsOf(speech);
    for (let i = 0; i < length; i++) {
      sound[start + i] = (sound[start + i] ?? 0) + gain * (speech[i] ?? 0);
    }
  }
  return sound;
}

function addNoise(sound: Float32Array, noiseDb: number): void {
  const random = seededRandom(99);
  const amplitude = fromDb(noiseDb) * Math.sqrt(3); // of even spread, whose RMS is a √3rd
  for (let i = 0; i < sound.length; i++) sound[i] = amplitude * (2 * random() - 1);
}

function madeSpeech(length: number, sampleRate: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  const basePitch = 95 + 70 * random();
  const speech = new Float32Array(length);
  const state = new Float64Array(2 * BANDWIDTHS.length);
  let phase = 1;
  let vowel: readonly number[] = VOWELS[0];
  let syllable = -1;
  let filters = vowel.map((hz, i) => resonator(hz, BANDWIDTHS[i] ?? 100, sampleRate));
  for (let i = 0; i < length; i++) {
    const time = i / sampleRate;
    const part = Math.floor(time / SYLLABLE_SECONDS);
    if (part !== syllable) {
      syllable = part;
      vowel = VOWELS[Math.floor(random() * VOWELS.length)] ?? VOWELS[0];
      filters = vowel.map((hz, k) => resonator(hz, BANDWIDTHS[k] ?? 100, sampleRate));
    }
    const pitch = basePitch * (1 + 0.12 * Math.sin(2 * Math.PI * 1.3 * time));
    phase += pitch / sampleRate;
    // A pulse each period and a little breath; the pulse begins at once, so that borders are sudden.
    const pulse = phase >= 1 ? 1 : 0;
    if (pulse) phase -= 1;
    const source = pulse + 0.012 * (random() - 0.5);
    let sample = 0;
    for (const [k, { a1, a2, gain }] of filters.entries()) {
      const [before = 0, earlier = 0] = [state[2 * k], state[2 * k + 1]];
      const next = gain * source + a1 * before + a2 * earlier;
      state[2 * k + 1] = before;
      state[2 * k] = next;
      sample += next / (k + 1);
    }
    const within = (time / SYLLABLE_SECONDS) % 1;
    speech[i] =
      sample * (0.45 + 0.55 * Math.sin(Math.PI * within) ** 2) * edge(i, length, sampleRate);
  }
  return speech;
}

function edge(i: number, length: number, sampleRate: number): number {
  const samples = EDGE_SECONDS * sampleRate;
  return Math.min(1, (i + 1) / samples, (length - i) / samples);
}

/** A two-pole resonance whose pulse response begins with 1 − r. */
function resonator(hz: number, bandwidth: number, sampleRate: number) {
  const r = Math.exp((-Math.PI * bandwidth) / sampleRate);
  return {
    a1: 2 * r * Math.cos((2 * Math.PI * hz) / sampleRate),
    a2: -r * r,
    gain: 1 - r,
  };
}

function rmsOf(samples: Float32Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  return Math.sqrt(energy / Math.max(1, samples.length));
}
