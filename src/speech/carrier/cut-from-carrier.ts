import type { Audio, Interval } from "../../domain/audio.ts";
import { speechFeatures } from "../../signal/speech-features.ts";
import type { PartKind } from "../batch/batch-text.ts";
import { findQuiet } from "../batch/find-quiet.ts";
import type { OwnSynthesis } from "../batch/own-synthesis.ts";
import { type Evidence, weighBatch } from "../batch/weigh-batch.ts";
import { type Dip, findDips } from "./find-dips.ts";

/**
 * The name; the carrier's words before or after it; and of these the one beside the name once more,
 * because it is what a bad cut leaves in the clip.
 */
export type CarrierRole = "name" | "carrier" | "word beside";

export type CutFromCarrierOptions = {
  /** The provider's recording of the whole carrier. */
  master: Audio;
  /** Of the parts of the text, in order. */
  roles: readonly CarrierRole[];
  /** Our own synthesis of the same text. */
  references: readonly OwnSynthesis[];
  /** Where the name sounds by the provider's timings, seconds; null when they leave it out. */
  heard?: Interval | null;
};

/** Quiet as in a recording of a voice alone, dBFS; the threshold follows the recording. */
const SILENCE_DB = -40;
/** How deep the voice must dip between two words, dB: vowels that run into each other cannot be cut. */
const LEAST_DEPTH_DB = 18;
/** Frames of unrelated sound by which every other cut must be worse. */
const LEAST_MARGIN = 4;
const MOST_DISPLACED_SECONDS = 0.12;
const STRETCH = { least: 0.7, most: 1.4, tolerance: 0.07 };
const MOST_COST = 0.95;
const TIMING_SECONDS = 0.08;
const MOST_QUIET_SECONDS = 0.25;
/** The quiet before "p" or "t" is a part of it: this much of a pause is the name's when it is there. */
const CLOSURE_SECONDS = 0.07;

type Mark = Interval & { depthDb: number };

/**
 * Where the name is in a recording of a sentence, cut in quiet or at the weakest moment between two
 * words; null when it is not certain: the dips of the voice, the alignment with our own synthesis, the
 * name's sound and duration and the provider's timings, where there are any, must say the same.
 */
export function cutFromCarrier(options: CutFromCarrierOptions): Interval | null {
  const { master, roles, heard: timed } = options;
  const quiet = findQuiet(master, SILENCE_DB);
  if (quiet === null) return null;
  const { vectors: heard, noise } = speechFeatures(master.samples, master.sampleRate);
  const references = options.references.map(({ audio, parts }) => ({
    vectors: speechFeatures(audio.samples, audio.sampleRate, { noise }).vectors,
    parts,
  }));
  const marks = marksOf(quiet.stretches, findDips(master));
  const kinds = roles.map((role): PartKind => (role === "name" ? "name" : "hint"));
  const spoken = [...roles.keys()].filter((part) => roles[part] !== "word beside");
  const weighed = weighBatch({ heard, quiet: marks, kinds, spoken, references });
  const index = spoken.findIndex((part) => roles[part] === "name");
  const evidence = weighed?.evidence[index];
  if (!weighed?.evidence.every(isInPlace) || !evidence) return null;
  const [before, after] = [
    marks.find(({ end }) => end === evidence.sound.start),
    marks.findLast(({ start }) => start === evidence.sound.end),
  ];
  if (!before || !after || Math.min(before.depthDb, after.depthDb) < LEAST_DEPTH_DB) return null;
  if (!soundsRight(evidence) || timed === null) return null;
  if (timed && !isNear(timed, evidence.sound)) return null;
  const { start, end } = evidence.sound;
  return {
    start: start - quietKept(before, index === 0),
    end: end + quietKept(after, index === spoken.length - 1),
  };
}

/** Quiet stretches, and the dips outside of them, in order. */
function marksOf(stretches: readonly Interval[], dips: readonly Dip[]): Mark[] {
  const quiet = stretches.map((stretch) => ({ ...stretch, depthDb: Number.POSITIVE_INFINITY }));
  const [first, last] = [quiet[0], quiet.at(-1)];
  const between = dips.filter(
    (dip) =>
      !stretches.some(({ start, end }) => dip.start < end && dip.end > start) &&
      dip.start > (first?.end ?? 0) &&
      dip.end < (last?.start ?? 0),
  );
  return [...quiet, ...between].sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Whether a part is where and as long as it should be: what one part holds too much, another lacks. */
function isInPlace({ displaced, stretch, surplus }: Evidence): boolean {
  if (displaced > MOST_DISPLACED_SECONDS) return false;
  if (Math.abs(surplus) <= STRETCH.tolerance) return true;
  return stretch >= STRETCH.least && stretch <= STRETCH.most;
}

function soundsRight({ margin, cost, rivalCost, jointCost }: Evidence): boolean {
  return margin >= LEAST_MARGIN && cost <= Math.min(MOST_COST, rivalCost, jointCost);
}

function isNear(timed: Interval, sound: Interval): boolean {
  return (
    Math.abs(timed.start - sound.start) <= TIMING_SECONDS &&
    Math.abs(timed.end - sound.end) <= TIMING_SECONDS
  );
}

/** How much of a mark goes with the name: half of a pause, all of a short one, all at the outer ends. */
function quietKept({ start, end }: Interval, isOuter: boolean): number {
  const seconds = end - start;
  const kept = isOuter ? seconds : Math.max(seconds / 2, Math.min(seconds, CLOSURE_SECONDS));
  return Math.min(MOST_QUIET_SECONDS, kept);
}
