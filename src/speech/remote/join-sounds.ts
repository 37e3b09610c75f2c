import { AppError } from "../../domain/app-error.ts";
import type { Audio } from "../../domain/audio.ts";
import { speechBounds } from "../../signal/trim.ts";
import type { PartEnd } from "../text/split-text.ts";

/** The sound of a part of a text, and at what the text was parted behind it. */
export type SoundPart = { audio: Audio; end: PartEnd };

/** Seconds from speech to speech where a text was parted, as a reader would pause. */
const PAUSES: Record<PartEnd, number> = { sentence: 0.4, clause: 0.2, word: 0.03, cut: 0 };
/** So much is faded where silence was cut, so that no noise ends at once. */
const FADE_SECONDS = 0.005;

/**
 * Parts as one sound. Silence between two is shortened or lengthened to a reader's pause; the first
 * one's beginning and the last one's end stay as they are.
 * @throws AppError SPEECH_FAILED when they differ in sample rate.
 */
export function joinSounds(parts: readonly SoundPart[], provider: string): Audio {
  const sampleRate = parts[0]?.audio.sampleRate ?? 0;
  const other = parts.find(({ audio }) => audio.sampleRate !== sampleRate);
  if (other) {
    const message = `${provider} sent one part of a text at ${sampleRate} Hz and another at ${other.audio.sampleRate} Hz: give it shorter texts`;
    throw new AppError("SPEECH_FAILED", message);
  }
  const pieces: Float32Array[] = [];
  let before: { quiet: Float32Array; pause: number } | undefined;
  for (const { audio, end } of parts) {
    const { start, end: stop } = boundsOf(audio);
    const { samples } = audio;
    const lead = samples.subarray(0, start);
    pieces.push(
      ...(before ? pauseOf(before.quiet, lead, before.pause) : [lead]),
      samples.subarray(start, stop),
    );
    before = { quiet: samples.subarray(stop), pause: Math.round(PAUSES[end] * sampleRate) };
  }
  if (before) pieces.push(before.quiet);
  return { samples: concatenated(pieces), sampleRate };

  function pauseOf(tail: Float32Array, lead: Float32Array, length: number): Float32Array[] {
    const natural = tail.length + lead.length;
    if (natural <= length) return [tail, new Float32Array(length - natural), lead];
    const kept = Math.round((length * tail.length) / natural);
    const fade = Math.round(FADE_SECONDS * sampleRate);
    return [
      faded(tail.subarray(0, kept), fade),
      faded(lead.subarray(lead.length - (length - kept)).toReversed(), fade).toReversed(),
    ];
  }
}

/** A silent part counts as one that is heard whole: nobody knows where its words should be. */
function boundsOf({ samples, sampleRate }: Audio): { start: number; end: number } {
  return speechBounds(samples, sampleRate) ?? { start: 0, end: samples.length };
}

/** Its last `length` samples fall to zero. */
function faded(samples: Float32Array, length: number): Float32Array {
  const from = Math.max(0, samples.length - length);
  return samples.map((sample, i) =>
    i < from ? sample : (sample * (samples.length - i)) / (samples.length - from + 1),
  );
}

function concatenated(pieces: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
