import { alignSpeech } from "./align-speech.ts";
import { percentile } from "./percentile.ts";
import { frameAt, HOP_SECONDS, type SpeechFeatures } from "./speech-features.ts";
import { spotSpeech } from "./spot-speech.ts";

/** Seconds from the first sample. */
type Span = { start: number; end: number };

export type LocatedSpan = Span & {
  /** Mean distance of the span and what was aligned around it. */
  cost: number;
};

/** What is said around a span is compared, too, up to so far from it, seconds. */
const CONTEXT_SECONDS = 4;
/** Quiet is shortened to this before places are sought, as nobody pauses like another, frames. */
const PAUSE_FRAMES = 10;
/** Speech is no quieter than its loud frames by more than this, dB. */
const SPEECH_RANGE_DB = 35;
/** Noise wanders over this share of the range from the quietest to the loudest frames. */
const NOISE_SPREAD = 0.25;
/** The first search goes over every second frame: it is four times as fast, and only near. */
const STRIDE = 2;
/** The second one begins so much before the place that was found and ends so much after it, frames. */
const MARGIN_FRAMES = 10;

/**
 * Finds where a recording says what a stretch of a reference says.
 * @param reference Features of another speaker's recording of the same words or of a part of them; with
 * quiet before the first and after the last.
 * @returns null when the recording is too short for it.
 */
export function locateSpan(
  heard: SpeechFeatures,
  reference: SpeechFeatures,
  span: Span,
): LocatedSpan | null {
  const from = Math.max(0, frameAt(span.start - CONTEXT_SECONDS));
  const to = Math.min(reference.vectors.length, frameAt(span.end + CONTEXT_SECONDS) + 1);
  const sought = shortened(reference, { from, to });
  const searched = shortened(heard, { from: 0, to: heard.vectors.length });
  const [spot] = spotSpeech(vectorsOf(reference, sought), vectorsOf(heard, searched));
  if (!spot) return null;
  const first = Math.max(0, (searched[spot.start] ?? 0) - MARGIN_FRAMES);
  const last = Math.min(heard.vectors.length, (searched[spot.end - 1] ?? 0) + MARGIN_FRAMES);
  const alignment = alignSpeech(
    reference.vectors.slice(from, to),
    heard.vectors.slice(first, last + 1),
  );
  if (!alignment) return null;
  const [begin, end] = [frameAt(span.start) - from, frameAt(span.end) - from];
  return {
    start: (first + alignment.place(begin)) * HOP_SECONDS,
    end: (first + alignment.place(end)) * HOP_SECONDS,
    cost: alignment.cost,
  };
}

/** Every second frame, and of each pause no more than its beginning and its end. */
function shortened(features: SpeechFeatures, range: { from: number; to: number }): number[] {
  const quiet = quietBelow(features.levelsDb);
  const kept: number[] = [];
  let run: number[] = [];
  const endRun = () => {
    const half = PAUSE_FRAMES / 2;
    kept.push(...(run.length <= PAUSE_FRAMES ? run : [...run.slice(0, half), ...run.slice(-half)]));
    run = [];
  };
  for (let frame = range.from; frame < range.to; frame++) {
    if ((features.levelsDb[frame] ?? 0) < quiet) run.push(frame);
    else {
      endRun();
      kept.push(frame);
    }
  }
  endRun();
  return kept.filter((_, index) => index % STRIDE === 0);
}

/** Frames below this level are pauses, dB: far below the loud ones, or near the noise. */
function quietBelow(levelsDb: Float32Array): number {
  const [low, high] = [percentile(levelsDb, 0.05), percentile(levelsDb, 0.95)];
  return Math.max(high - SPEECH_RANGE_DB, low + NOISE_SPREAD * (high - low));
}

function vectorsOf({ vectors }: SpeechFeatures, frames: readonly number[]): Float32Array[] {
  return frames.flatMap((frame) => vectors[frame] ?? []);
}
