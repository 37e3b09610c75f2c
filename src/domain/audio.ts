/** Mono sound. */
export type Audio = {
  /** −1..1, one entry a sample. */
  samples: Float32Array;
  /** Hz. */
  sampleRate: number;
};

/** A stretch of time, in seconds, `start` inclusive and `end` exclusive. */
export type Interval = { start: number; end: number };

/** Seconds of sound in `audio`. */
export function durationOf(audio: Audio): number {
  return audio.samples.length / audio.sampleRate;
}
