import { fromDb } from "../signal/decibels.ts";

/** RMS of what is heard while nobody speaks. */
const TONE_DB = -60;
/** Corner of the gentle loss of treble between a speaker and a microphone across a desk, Hz. */
const TREBLE_HZ = 6500;
/** First reflections from the walls: seconds after the voice, dB below it; left, then right. */
const REFLECTIONS = [
  [
    [0.0061, -19],
    [0.0113, -23],
    [0.0197, -27],
    [0.0312, -32],
  ],
  [
    [0.0074, -20],
    [0.0131, -22],
    [0.0223, -28],
    [0.0344, -33],
  ],
] as const;

/**
 * A voice as it is recorded in a quiet room: less treble, a few reflections, and room tone under it.
 * The same in every run. Two channels, `[channel][sample]`, whose voice is in the middle.
 */
export function inRoom(voice: Float32Array, sampleRate: number): Float32Array[] {
  const direct = lowPassed(voice, sampleRate);
  return REFLECTIONS.map((reflections, channel) => {
    const sound = pinkNoise(voice.length, channel + 1);
    for (let i = 0; i < sound.length; i++) sound[i] = (sound[i] ?? 0) + (direct[i] ?? 0);
    for (const [seconds, db] of reflections) {
      const delay = Math.round(seconds * sampleRate);
      const gain = fromDb(db);
      for (let i = delay; i < sound.length; i++) {
        sound[i] = (sound[i] ?? 0) + gain * (direct[i - delay] ?? 0);
      }
    }
    return sound;
  });
}

/** One pole; half of the sound passes it, so that treble is lowered by 6 dB at most. */
function lowPassed(samples: Float32Array, sampleRate: number): Float32Array {
  const step = 1 - Math.exp((-2 * Math.PI * TREBLE_HZ) / sampleRate);
  let smooth = 0;
  return samples.map((sample) => {
    smooth += step * (sample - smooth);
    return 0.5 * (sample + smooth);
  });
}

/** Paul Kellet's economical filter: white noise to −3 dB an octave (musicdsp.org, "Pink noise filter"). */
function pinkNoise(length: number, seed: number): Float32Array {
  const noise = new Float32Array(length);
  let state = seed;
  let [low, middle, high] = [0, 0, 0];
  let energy = 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // Numerical Recipes' generator
    const white = state / 2 ** 31 - 1;
    low = 0.99765 * low + 0.099046 * white;
    middle = 0.963 * middle + 0.2965164 * white;
    high = 0.57 * high + 1.0526913 * white;
    const pink = low + middle + high + 0.1848 * white;
    noise[i] = pink;
    energy += pink * pink;
  }
  const gain = fromDb(TONE_DB) / Math.sqrt(energy / Math.max(1, length));
  return noise.map((sample) => sample * gain);
}
