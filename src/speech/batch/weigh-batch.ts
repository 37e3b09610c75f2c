import type { Interval } from "../../domain/audio.ts";
import { alignSpeech } from "../../signal/align-speech.ts";
import { percentile } from "../../signal/percentile.ts";
import { frameAt, HOP_SECONDS } from "../../signal/speech-features.ts";
import type { PartKind } from "./batch-text.ts";
import { type Segment, segmentPath } from "./segment-path.ts";

/** Of a whole recording, as `speechFeatures` makes them. */
export type Vectors = readonly Float32Array[];

/** A synthesis of our own of the text, and where it speaks the parts. */
export type WeighedReference = { vectors: Vectors; parts: readonly Interval[] };

/** What speaks for a part of a recording being where the cheapest path puts it. */
export type Evidence = {
  /** The sound of the part, from the end of one quiet stretch to the start of the next. */
  sound: Interval;
  /** Quiet before and after it, seconds. */
  pauses: { before: number; after: number };
  /** The longest quiet stretch inside of it, seconds. */
  longestBreak: number;
  /** How much worse the best other way to cut this part is, in frames of unrelated sound. */
  margin: number;
  /** Mean distance of the sound and the part's own reference. */
  cost: number;
  /** The same against the most similar one of the parts near it that are to sound otherwise. */
  rivalCost: number;
  /** The same against the part together with the one before or after it in the text. */
  jointCost: number;
  /** How long it lasts against the reference, over the median of all parts. */
  stretch: number;
  /** How much longer it lasts than the reference at that median, seconds. */
  surplus: number;
  /** How far the alignment of both whole recordings puts its start or its end elsewhere, seconds. */
  displaced: number;
};

export type WeighedBatch = {
  evidence: Evidence[];
  /** Of the whole path, in frames of unrelated sound. */
  cost: number;
  /** How long the parts last against the reference, in the median. */
  usualStretch: number;
};

/** Pauses longer than this are not counted when the tempo is estimated. */
const PAUSE_SECONDS = 0.12;
/** A part may be this much shorter or longer than its reference at the recording's tempo … */
const STRETCH = { least: 0.4, most: 2.3 };
/** … and seconds more, because short names vary most. */
const EXTRA_SECONDS = 0.1;
/** A part is looked for this far around where the alignment of the wholes puts it, seconds. */
const SEARCH_SECONDS = 0.8;
/** Frames of unrelated sound that a part at twice or half the tempo costs for each of its own. */
const STRETCH_WEIGHT = 0.15;
const SLACK_FRAMES = 40;
/** The parts this near in order are those whose sound could have got into a clip. */
const NEAR_PARTS = 2;

/**
 * Lays the parts of a text over a recording of it. Each part must lie between two quiet stretches;
 * among all ways to choose them the one counts under which the sound of every part is most like its
 * reference, where quiet inside a part costs as much as wrong sound does. Of several references, such
 * as a low and a high voice, the one most like the recording is taken.
 * @param quiet in order, the first and the last before and after all sound.
 * @param kinds of all parts of the text, in order.
 * @param spoken which of them the recording is taken to hold; all when left out.
 * @returns null when the recording cannot be laid out so.
 */
export function weighBatch({
  heard,
  quiet,
  kinds,
  spoken = [...kinds.keys()],
  references,
}: {
  heard: Vectors;
  quiet: readonly Interval[];
  kinds: readonly PartKind[];
  spoken?: readonly number[];
  references: readonly WeighedReference[];
}): WeighedBatch | null {
  if (quiet.length < spoken.length + 1) return null;
  const placed = references
    .map((reference) => place(reference, spoken, heard, quiet))
    .filter((one) => one !== null)
    .sort((a, b) => a.cost - b.cost)[0];
  if (!placed) return null;
  const { places, parts } = placed;
  const all = placed.reference.parts.map((part) => slice(placed.reference.vectors, part));
  const own = spoken.map((index) => all[index] ?? []);

  const segments = possibleSegments({ heard, quiet, parts, places, own });
  const path = segmentPath(segments, { parts: parts.length, marks: quiet.length });
  if (path === null) return null;

  const sounds = path.segments.map(({ from, to }) => between(quiet[from], quiet[to]));
  const stretches = sounds.map((sound, part) => lengthOf(sound) / lengthOf(parts[part]));
  const usual = percentile(stretches, 0.5);
  const areHints = (...some: number[]) =>
    some.every((part) => kinds[spoken[part] ?? part] === "hint");
  const evidence = path.segments.map(({ part, from, to, margin }): Evidence => {
    const sound = between(quiet[from], quiet[to]);
    const vectors = slice(heard, sound);
    const index = spoken[part] ?? part;
    const rivals = own.filter((_, other) => isNear(other, part) && !areHints(other, part));
    const joint = [all.slice(index - 1, index + 1), all.slice(index, index + 2)]
      .filter(({ length }) => length === 2)
      .map((pair) => pair.flat());
    const expected = places[part] ?? sound;
    return {
      sound,
      pauses: { before: lengthOf(quiet[from]), after: lengthOf(quiet[to]) },
      longestBreak: Math.max(0, ...quiet.slice(from + 1, to).map(lengthOf)),
      margin,
      cost: costOf(vectors, own[part] ?? []),
      rivalCost: Math.min(...rivals.map((rival) => costOf(vectors, rival))),
      jointCost: Math.min(...joint.map((pair) => costOf(vectors, pair))),
      stretch: (stretches[part] ?? 0) / usual,
      surplus: lengthOf(sound) - usual * lengthOf(parts[part]),
      displaced: Math.max(
        Math.abs(expected.start - sound.start),
        Math.abs(expected.end - sound.end),
      ),
    };
  });
  return { evidence, cost: path.cost, usualStretch: usual };
}

/** Every stretch of the recording that may be a part, with what it costs to take it for the part. */
function possibleSegments({
  heard,
  quiet,
  parts,
  places,
  own,
}: {
  heard: Vectors;
  quiet: readonly Interval[];
  parts: readonly Interval[];
  places: readonly Interval[];
  own: readonly Vectors[];
}): Segment[] {
  const tempo = tempoOf(quiet, parts);
  const segments: Segment[] = [];
  for (const [part, vectors] of own.entries()) {
    const length = lengthOf(parts[part]) * tempo;
    const expected = places[part]?.start ?? 0;
    for (const [from, before] of quiet.entries()) {
      if (from > 0 && Math.abs(before.end - expected) > SEARCH_SECONDS) continue;
      for (let to = from + 1; to < quiet.length; to++) {
        const sound = between(before, quiet[to]);
        const seconds = lengthOf(sound);
        if (seconds > STRETCH.most * length + EXTRA_SECONDS) break;
        if (seconds < STRETCH.least * length) continue;
        const strain = Math.abs(Math.log2(seconds / length));
        const cost = costOf(slice(heard, sound), vectors) + STRETCH_WEIGHT * strain;
        segments.push({ part, from, to, cost: (seconds / HOP_SECONDS) * cost });
      }
    }
  }
  return segments;
}

/** Where the alignment of the whole recordings puts each part, and how well they fit. */
function place(
  reference: WeighedReference,
  spoken: readonly number[],
  heard: Vectors,
  quiet: readonly Interval[],
) {
  const parts = spoken.flatMap((index) => reference.parts[index] ?? []);
  // Only what is said is aligned: quiet before and after it has no counterpart.
  const said = between(quiet[0], quiet.at(-1));
  const written = { start: parts[0]?.start ?? 0, end: parts.at(-1)?.end ?? 0 };
  const alignment = alignSpeech(
    slice(reference.vectors, written),
    slice(heard, said),
    SLACK_FRAMES,
  );
  if (alignment === null) return null;
  const placeOf = (seconds: number) =>
    said.start + alignment.place((seconds - written.start) / HOP_SECONDS) * HOP_SECONDS;
  const places = parts.map(({ start, end }) => ({ start: placeOf(start), end: placeOf(end) }));
  return { reference, parts, places, cost: alignment.cost };
}

/** How much longer the recording's sound is than the reference's. */
function tempoOf(quiet: readonly Interval[], parts: readonly Interval[]): number {
  const pauses = quiet.slice(1, -1).map(lengthOf);
  const paused = pauses.filter((seconds) => seconds > PAUSE_SECONDS).reduce(sum, 0);
  const spoken = lengthOf(between(quiet[0], quiet.at(-1))) - paused;
  return spoken / parts.map(lengthOf).reduce(sum, 0);
}

function isNear(other: number, part: number): boolean {
  return other !== part && Math.abs(other - part) <= NEAR_PARTS;
}

function costOf(heard: Vectors, expected: Vectors): number {
  return alignSpeech(heard, expected, SLACK_FRAMES)?.cost ?? Number.POSITIVE_INFINITY;
}

/** At least one vector: a part without any could not be compared. */
function slice(vectors: Vectors, { start, end }: Interval): Vectors {
  return vectors.slice(frameAt(start), Math.max(frameAt(start) + 1, frameAt(end)));
}

function between(before: Interval | undefined, after: Interval | undefined): Interval {
  return { start: before?.end ?? 0, end: after?.start ?? 0 };
}

function lengthOf(interval: Interval | undefined): number {
  return interval === undefined ? 0 : interval.end - interval.start;
}

function sum(a: number, b: number): number {
  return a + b;
}
