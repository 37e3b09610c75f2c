import { locateSpan } from "./locate-span.ts";
import { percentile } from "./percentile.ts";
import { frameAt, HOP_SECONDS, type SpeechFeatures, warpedFeatures } from "./speech-features.ts";
import { type Spot, spotSpeech } from "./spot-speech.ts";

/** Seconds from the first sample. */
type Span = { start: number; end: number };

/** A known voice's reading of a text, and where in it stands what is sought. */
export type Reading = {
  /** Mono, −1..1. */
  samples: Float32Array;
  /** Hz, at least 14,000. */
  sampleRate: number;
  span: Span;
};

/** Where a recording says what was sought. */
export type FoundSpeech = Span & {
  /** How likely it is said there, 0..1, as measured on recordings of other voices. */
  confidence: number;
};

/**
 * Vocal tracts to try: those of the readings' voice, a longer one, and two shorter ones. A woman's base
 * is not found with a man's (0 to 5 of 10 places), and is with 1.22 (10 of 10).
 */
const WARPS = [0.92, 1, 1.1, 1.22];
/** Put around a reading, so that the quiet around a recording's words has what it belongs to. */
const QUIET_SECONDS = 0.2;
/** Places nearer than this at both ends are the same, seconds. */
const SAME_SECONDS = 0.08;
/** What the window of a last frame hears after the frame's hop, seconds. */
const FRAME_TAIL_SECONDS = 0.015;
const SPOTS = 3;

/** One reading, heard with one vocal tract. */
type Heard = { features: SpeechFeatures; span: Span };
type Place = Span & { cost: number };
type Candidate<P extends Place> = Heard & { place: P };

/**
 * Finds a span of a text in a recording that says the text, or as much of it as the readings do.
 * @param readings Of one text, by one or more voices.
 * @returns null when the recording, or the span, is too short to be compared.
 */
export function findInText(
  heard: SpeechFeatures,
  readings: readonly Reading[],
): FoundSpeech | null {
  const found = search(heard, readings, ({ features, span }) => locateSpan(heard, features, span));
  if (!found) return null;
  const backs = found.winners.flatMap(({ features, span }) => {
    const total = features.vectors.length * HOP_SECONDS;
    const mirrored = { start: total - span.end, end: total - span.start };
    return locateSpan(heard, backwards(features), mirrored)?.cost ?? [];
  });
  // Weights of a logistic regression over 408 searches, with other sentences than the tests'.
  const ratio = mean(found.winners.map(({ place }) => place.cost)) / mean(backs);
  const confidence = logistic(33.6 - 38.6 * ratio + 4.4 * found.agreement);
  return { ...found.span, confidence };
}

/**
 * Finds the words of a span alone, wherever a recording says them.
 * @param readings The words in a sentence of no importance that goes on for long after them, by one or
 * more voices: it shows how like each other any sounds of that voice and the recording's are.
 * @returns null when the recording, or the span, is too short to be compared.
 */
export function findWords(heard: SpeechFeatures, readings: readonly Reading[]): FoundSpeech | null {
  const found = search(heard, readings, ({ features, span }) => {
    const [best, ...others] = spotSpeech(partOf(features, span), heard.vectors, SPOTS);
    if (!best) return null;
    const place = {
      start: best.start * HOP_SECONDS,
      end: best.end * HOP_SECONDS + FRAME_TAIL_SECONDS,
    };
    return { ...place, cost: best.cost, spot: best, others };
  });
  if (!found) return null;
  const { winners, agreement } = found;
  const backs = winners.flatMap(({ features, span }) => {
    const sought = { ...features, vectors: partOf(features, span) };
    return spotSpeech(backwards(sought).vectors, heard.vectors)[0]?.cost ?? [];
  });
  const anyWords = winners.flatMap(({ features, span, place: { spot } }) => {
    const said = heard.vectors.slice(spot.start, spot.end);
    return spotSpeech(said, features.vectors.slice(frameAt(span.end)))[0]?.cost ?? [];
  });
  const costs = winners.map(({ place }) => place.cost);
  const cost = Math.min(...costs);
  const second = Math.min(...winners.flatMap(({ place }) => secondCost(place)));
  const margin = Math.min(0.5, (second - cost) / cost);
  // The same over 588 searches for words, 192 of which were said.
  const confidence = logistic(
    13.73 -
      7.79 * (mean(costs) / mean(anyWords)) -
      6.4 * (mean(costs) / mean(backs)) -
      5.88 * cost -
      1.04 * margin +
      2.07 * agreement,
  );
  return { ...found.span, confidence };
}

/** Each reading with every vocal tract: the cheapest place of each, and where most say it is. */
function search<P extends Place>(
  heard: SpeechFeatures,
  readings: readonly Reading[],
  locate: (one: Heard) => P | null,
): { winners: Candidate<P>[]; span: Span; agreement: number } | null {
  const byReading = readings.map((reading) =>
    withEveryTract(reading, heard).flatMap((one): Candidate<P>[] => {
      const place = locate(one);
      return place ? [{ ...one, place }] : [];
    }),
  );
  const winners = byReading.flatMap((candidates) => cheapest(candidates) ?? []);
  const best = cheapest(winners);
  if (!best) return null;
  const all = byReading.flat();
  const near = all.filter(
    ({ place: { start, end } }) =>
      Math.abs(start - best.place.start) < SAME_SECONDS &&
      Math.abs(end - best.place.end) < SAME_SECONDS,
  );
  const span = {
    start: median(near.map(({ place }) => place.start)),
    end: median(near.map(({ place }) => place.end)),
  };
  return { winners, span, agreement: near.length / all.length };
}

function withEveryTract(
  { samples, sampleRate, span }: Reading,
  { noise }: SpeechFeatures,
): Heard[] {
  const quiet = Math.round(QUIET_SECONDS * sampleRate);
  const padded = new Float32Array(samples.length + 2 * quiet);
  padded.set(samples, quiet);
  const shifted = { start: span.start + QUIET_SECONDS, end: span.end + QUIET_SECONDS };
  const tracts = warpedFeatures(padded, sampleRate, { noise, warps: WARPS });
  return tracts.map((features) => ({ features, span: shifted }));
}

function partOf({ vectors }: SpeechFeatures, { start, end }: Span): Float32Array[] {
  return vectors.slice(frameAt(start), frameAt(end));
}

/** The same sounds in an order in which nobody says them: how like them noise and speech are by chance. */
function backwards(features: SpeechFeatures): SpeechFeatures {
  return {
    ...features,
    levelsDb: features.levelsDb.toReversed(),
    vectors: features.vectors.toReversed().map((vector) => {
      const half = vector.length / 2;
      return vector.map((value, index) => (index < half ? value : -value));
    }),
  };
}

/** Of the best place that does not overlap the one that was found. */
function secondCost({ spot, others }: { spot: Spot; others: Spot[] }): number | [] {
  return others.find(({ start, end }) => start >= spot.end || end <= spot.start)?.cost ?? [];
}

function cheapest<P extends Place>(candidates: readonly Candidate<P>[]): Candidate<P> | undefined {
  return candidates.reduce<Candidate<P> | undefined>(
    (best, one) => (best && best.place.cost <= one.place.cost ? best : one),
    undefined,
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
