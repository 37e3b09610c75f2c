import type { Audio, Interval } from "../../domain/audio.ts";
import { percentile } from "../../signal/percentile.ts";
import { speechFeatures } from "../../signal/speech-features.ts";
import type { PartKind } from "./batch-text.ts";
import { findQuiet, type Quiet } from "./find-quiet.ts";
import { type Evidence, type WeighedBatch, weighBatch } from "./weigh-batch.ts";

/** One of the parts of a batch, in speaking order. */
export type BatchPart = {
  kind: PartKind;
  /** Where it sounds by the provider's timings, seconds; null when they leave it out, absent without timings. */
  heard?: Interval | null;
};

/** Our own synthesis of a batch's text. */
export type BatchReference = {
  audio: Audio;
  /** When each part sounds, seconds. */
  parts: readonly Interval[];
};

export type SplitBatchOptions = {
  /** What the provider spoke. */
  master: Audio;
  parts: readonly BatchPart[];
  /** One or more, such as of a low and of a high voice; the most similar one is taken. */
  references: readonly BatchReference[];
  /** Below this a moment is a pause, dBFS; the threshold follows a quieter or noisier recording. */
  silenceDb: number;
  /** What a pause usually is, seconds; in a quiet room half of it is one, under noise it takes more. */
  silenceSeconds: number;
};

/** How long a pause is at least: a share of `silenceSeconds` by the room, but never less than `seconds`. */
const LEAST_PAUSE = { share: 0.45, noisyShare: 1.4, seconds: 0.05 };
/** With less between quiet and speech, weak sounds such as a final "s" hide in the pauses. */
const QUIET_ROOM_DB = 24;
/** The pauses around a name are longer than every one inside of it, by this factor. */
const OVER_BREAKS = 1.3;
/** Frames of unrelated sound by which every other way to cut a name must be worse. */
const LEAST_MARGIN = 6;
/** The same for the choice between a hint that was spoken and one that was left out. */
const LEAST_READING_MARGIN = 15;
const MOST_DISPLACED_SECONDS = 0.35;
/** A name lasts this much of what it should, or this many seconds more or less: short ones vary most. */
const STRETCH = { least: 0.7, most: 1.45, tolerance: 0.12 };
/** A name may be this much more like a neighbour's reference than like its own: Ann is like Anna. */
const MOST_LIKE_RIVAL = 0.03;
const MOST_COST = 0.95;
/** A voice this much slower or faster than ours says more or less than the names. */
const USUAL_STRETCH = { least: 0.55, most: 1.5 };
/** A sound is this much more unlike its reference than the batch's usual one when it is another … */
const MOST_OVER_USUAL_COST = 0.2;
/** … unless it is even more unlike everything near it: then the voice only says it otherwise. */
const CLEARLY_UNLIKE_RIVAL = 0.2;
/** With a larger share of parts that sound wrong something else was spoken than what was asked for. */
const MOST_WRONG = 0.3;
/** With a larger share without clear pauses the voice does not pause between names. */
const MOST_UNCLEAR = 0.5;
/** The provider's own timings agree within this. */
const TIMING_SECONDS = 0.15;
/**
 * Quiet that is kept around a name, at most: weak sounds of its own lie there. Less than half of a
 * pause, because those of its neighbours lie in the other half.
 */
const MOST_QUIET = { share: 0.4, seconds: 0.25 };

/**
 * Where each name of a batch is in the provider's recording: one entry for each part that is a name,
 * null where it is not certain. A name is certain only when the gated pauses, the alignment with our
 * own synthesis, its own sound against its and its neighbours' references, its duration and, where the
 * provider gives them, the provider's timings all say the same. An interval begins and ends in quiet.
 * The limits above were measured with 13 voices of two engines (test/long/name-batches.test.ts): of
 * names written as sentences about 17 % stay uncertain, of those joined by commas a third, without
 * any pause 90 %; with noise 25 dB below the voice half of them.
 */
export function splitBatch(options: SplitBatchOptions): (Interval | null)[] {
  const names = options.parts.filter(({ kind }) => kind === "name");
  const reading = likeliestReading(options);
  if (reading === null) return names.map(() => null);
  const { parts, weighed, quiet } = reading;
  const { evidence } = weighed;
  const usualCost = percentile(
    evidence.map(({ cost }) => cost),
    0.5,
  );
  const share = quiet.rangeDb < QUIET_ROOM_DB ? LEAST_PAUSE.noisyShare : LEAST_PAUSE.share;
  const leastPause = Math.max(LEAST_PAUSE.seconds, share * options.silenceSeconds);
  const clear = evidence.map((one, index) => {
    const position = index === 0 ? "first" : index === parts.length - 1 ? "last" : "inner";
    return isCutClearly(one, position, leastPause);
  });
  const right = evidence.map(
    (one, index) => soundsRight(one, usualCost) && agrees(one.sound, parts[index]?.heard),
  );
  const { usualStretch } = weighed;
  const isPaced = usualStretch >= USUAL_STRETCH.least && usualStretch <= USUAL_STRETCH.most;
  if (!isPaced || shareOfFalse(right) > MOST_WRONG || shareOfFalse(clear) > MOST_UNCLEAR) {
    return names.map(() => null);
  }
  return evidence.flatMap((one, index) => {
    if (parts[index]?.kind !== "name") return [];
    return [right[index] && clear[index] ? withQuiet(one, quiet) : null];
  });
}

type Position = "first" | "inner" | "last";
type Reading = { parts: readonly BatchPart[]; weighed: WeighedBatch; quiet: Quiet };

/** With the hints spoken or, as some voices do with words of another script, all left out. */
function likeliestReading(options: SplitBatchOptions): Reading | null {
  const { master, parts } = options;
  const quiet = findQuiet(master, options.silenceDb);
  if (quiet === null) return null;
  const { vectors: heard, noise } = speechFeatures(master.samples, master.sampleRate);
  const references = options.references.map(({ audio, parts: places }) => ({
    vectors: speechFeatures(audio.samples, audio.sampleRate, { noise }).vectors,
    parts: places,
  }));
  const kinds = parts.map(({ kind }) => kind);
  const all = [...kinds.keys()];
  const names = all.filter((index) => kinds[index] === "name");
  const readings = (names.length < all.length ? [all, names] : [all]).flatMap(
    (spoken): Reading[] => {
      const { stretches } = quiet;
      const weighed = weighBatch({ heard, quiet: stretches, kinds, spoken, references });
      const read = spoken.flatMap((index) => parts[index] ?? []);
      return weighed === null ? [] : [{ parts: read, weighed, quiet }];
    },
  );
  readings.sort((a, b) => a.weighed.cost - b.weighed.cost);
  const [best, other] = readings;
  const margin = (other?.weighed.cost ?? Number.POSITIVE_INFINITY) - (best?.weighed.cost ?? 0);
  return best && margin >= LEAST_READING_MARGIN ? best : null;
}

/** Whether the pauses around a part are real ones, and no other way to cut it is nearly as good. */
function isCutClearly(one: Evidence, position: Position, leastPause: number) {
  const pause = Math.min(
    // Before the first and after the last part nothing else can be cut off.
    position === "first" ? Number.POSITIVE_INFINITY : one.pauses.before,
    position === "last" ? Number.POSITIVE_INFINITY : one.pauses.after,
  );
  return (
    pause >= leastPause && pause >= OVER_BREAKS * one.longestBreak && one.margin >= LEAST_MARGIN
  );
}

/** Whether a part sounds like what it should be, as long as it should, where it should. */
function soundsRight(one: Evidence, usualCost: number): boolean {
  return (
    isPlausible(one) &&
    one.displaced <= MOST_DISPLACED_SECONDS &&
    one.cost <= one.rivalCost + MOST_LIKE_RIVAL &&
    one.cost <= one.jointCost &&
    (one.cost <= usualCost + MOST_OVER_USUAL_COST ||
      one.cost <= Math.min(one.rivalCost, one.jointCost) - CLEARLY_UNLIKE_RIVAL) &&
    one.cost <= MOST_COST
  );
}

function isPlausible({ stretch, surplus }: Evidence): boolean {
  if (Math.abs(surplus) <= STRETCH.tolerance) return true;
  return stretch >= STRETCH.least && stretch <= STRETCH.most;
}

/** Whether the provider's own timings, where there are any, mean the same sound. */
function agrees(sound: Interval, heard: Interval | null | undefined): boolean {
  if (heard === undefined) return true;
  if (heard === null) return false;
  return (
    Math.abs(heard.start - sound.start) <= TIMING_SECONDS &&
    Math.abs(heard.end - sound.end) <= TIMING_SECONDS
  );
}

function shareOfFalse(values: readonly boolean[]): number {
  return values.filter((value) => !value).length / values.length;
}

/** The sound with the quiet around it that is its own. */
function withQuiet({ sound, pauses }: Evidence, { stretches, cutIn }: Quiet): Interval {
  const before = { start: sound.start - pauses.before, end: sound.start };
  const after = { start: sound.end, end: sound.end + pauses.after };
  const keep = (pause: number) => Math.min(MOST_QUIET.seconds, MOST_QUIET.share * pause);
  const [isFirst, isLast] = [before.start <= 0, after.end >= (stretches.at(-1)?.end ?? 0)];
  return {
    start: isFirst
      ? Math.max(0, sound.start - MOST_QUIET.seconds)
      : Math.max(cutIn(before), sound.start - keep(pauses.before)),
    end: isLast
      ? Math.min(after.end, sound.end + MOST_QUIET.seconds)
      : Math.min(cutIn(after), sound.end + keep(pauses.after)),
  };
}
