import { AppError } from "../domain/app-error.ts";
import type { Interval } from "../domain/audio.ts";
import type { Slot } from "../domain/slot.ts";
import type { NamePosition } from "../domain/tier.ts";
import { speechSegments } from "../signal/silence.ts";

/** What was heard of a base; times in seconds. */
export type Pauses = {
  duration: number;
  silences: Interval[];
  /** The same with a shorter least length. */
  shortSilences: Interval[];
  peakDb: number;
};

export type SlotRequest = {
  position: NamePosition;
  /** Times given by the user; they overrule every other way. */
  given: Interval | null;
  /** Longest first segment that is taken for a spoken name, seconds. */
  plausibleSeconds: number;
  /** How much is replaced when the name runs into the speech after it without a pause, seconds. */
  fixedSeconds: number;
  /** For messages. */
  silenceDb: number;
};

/** A sound shorter than this is no word. */
const SHORTEST_WORD_SECONDS = 0.06;
/** A given time this near to a pause belongs to it. */
const NEAR_SECONDS = 0.08;

/**
 * Finds what is to be replaced (or, at the end, what follows the last word). The silence rule: the
 * first stretch of speech that a pause ends is the generic name.
 * @throws AppError NO_SPEECH, SLOT_INVALID.
 */
export function findSlot(pauses: Pauses, request: SlotRequest): Slot {
  const { duration, silences } = pauses;
  if (request.given) return givenSlot(pauses, request.given);
  const segments = speechSegments(silences, duration, SHORTEST_WORD_SECONDS);
  const [first] = segments;
  const last = segments.at(-1);
  if (!first || !last) {
    throw new AppError(
      "NO_SPEECH",
      `no speech above ${request.silenceDb} dB was found (the loudest sample is at ${Math.round(pauses.peakDb)} dB): ` +
        "give the slot with --slot START-END in seconds, or lower --silence-db",
    );
  }
  if (request.position === "end") {
    const room = { start: Math.min(last.end, lastSound(pauses)), end: duration };
    return { ...room, room, foundBy: "end-of-speech" };
  }
  if (first.end - first.start <= request.plausibleSeconds) {
    return { ...first, room: roomAround(silences, first, duration), foundBy: "silence" };
  }
  const finer = speechSegments(pauses.shortSilences, duration, SHORTEST_WORD_SECONDS);
  const word = finer.find((segment) => segment.start >= first.start - NEAR_SECONDS);
  if (word && word.end - word.start <= request.plausibleSeconds) {
    return {
      ...word,
      room: roomAround(pauses.shortSilences, word, duration),
      foundBy: "short-pause",
    };
  }
  const fixed = { start: first.start, end: Math.min(duration, first.start + request.fixedSeconds) };
  const room = { start: roomAround(silences, first, duration).start, end: fixed.end };
  return { ...fixed, room, foundBy: "fixed-length" };
}

function givenSlot({ duration, silences, shortSilences }: Pauses, given: Interval): Slot {
  const { start, end } = given;
  const inside = start >= 0 && start < duration && end <= duration + NEAR_SECONDS;
  if (!inside || !(end > start)) {
    throw new AppError(
      "SLOT_INVALID",
      `the slot ${start}-${end} s does not lie inside the base, which is ${duration.toFixed(2)} s long: ` +
        "give START-END in seconds with START before END",
    );
  }
  const slot = { start, end: Math.min(end, duration) };
  const all = [...silences, ...shortSilences];
  return { ...slot, room: roomAround(all, slot, duration), foundBy: "given" };
}

/** Where the quiet at the very end begins: it need not be as long as a pause. */
function lastSound({ duration, shortSilences }: Pauses): number {
  const last = shortSilences.at(-1);
  return last && last.end >= duration - NEAR_SECONDS ? last.start : duration;
}

/** The pauses that touch an interval on either side, as one interval with it. */
function roomAround(silences: Interval[], { start, end }: Interval, duration: number): Interval {
  const before = silences.find(
    (pause) => pause.start < start && pause.end >= start - NEAR_SECONDS && pause.end <= end,
  );
  const after = silences.find(
    (pause) => pause.end > end && pause.start <= end + NEAR_SECONDS && pause.start >= start,
  );
  return {
    start: Math.max(0, before?.start ?? start),
    end: Math.min(duration, after?.end ?? end),
  };
}
