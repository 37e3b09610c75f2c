import type { Audio } from "../domain/audio.ts";
import { wavFile } from "../domain/wav-file.ts";
import { resample } from "../signal/resample.ts";

/** Sounds and when they begin, seconds. */
export type PlacedSound = { audio: Audio; start: number };

/**
 * One sound of several, silent where there is none; at the rate `sampleRate`, Hz.
 * @param seconds It lasts at least so long.
 */
export function joinSounds(sounds: readonly PlacedSound[], sampleRate: number, seconds = 0): Audio {
  const placed = sounds.map(({ audio, start }) => ({
    samples: resample(audio.samples, audio.sampleRate, sampleRate),
    at: Math.round(start * sampleRate),
  }));
  const least = Math.round(seconds * sampleRate);
  const length = Math.max(least, ...placed.map(({ samples, at }) => at + samples.length));
  const all = new Float32Array(length);
  for (const { samples, at } of placed) all.set(samples, at);
  return { samples: all, sampleRate };
}

/** A sound as a WAV file of this rate. */
export function wavAt(audio: Audio, sampleRate: number): { bytes: Buffer; duration: number } {
  const { samples } = joinSounds([{ audio, start: 0 }], sampleRate);
  return { bytes: wavFile({ samples, sampleRate }), duration: samples.length / sampleRate };
}
