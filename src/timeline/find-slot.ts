import { AppError } from "../domain/app-error.ts";
import type { Interval } from "../domain/audio.ts";
import type { Slot } from "../domain/slot.ts";
import type { NamePosition } from "../domain/tier.ts";
import { speechSegments } from "../signal/silence.ts";
import { NEAR_SECONDS, type Pauses, roomAround } from "./room-around.ts";

export type SlotRequest = {
  position: NamePosition;
  /** Times given by the user; they overrule every other way. */
  given: Interval | null;
  /** Longest first segment that is taken for a spoken name, seconds. */
  plausibleSeconds: number;
  /**
   * How much is replaced when the name runs into the speech after it without a pause, seconds; null when
   * the user did not say: it would be cut by guess.
   */
  fixedSeconds: number | null;
  /** For messages. */
  silenceDb: number;
};

/** What a user can do about a slot that is not found, on the command line and over HTTP. */
const GIVE_TIMES = "give its place as START-END in seconds (--slot, field slot)";
const GIVE_TRANSCRIPT = "what the base says (--transcript, field base_transcript)";
export const REMEDIES = {
  transcript: `check the transcript, or ${GIVE_TIMES}`,
  words: `${GIVE_TIMES} or ${GIVE_TRANSCRIPT}`,
  pauses: `${GIVE_TIMES}, ${GIVE_TRANSCRIPT} or the name that it says there (--spoken-name, field spoken_name)`,
};

/** A sound shorter than this is no word. */
const SHORTEST_WORD_SECONDS = 0.06;
/** What a rule that does not know what is said can be trusted with: judged, not measured. */
const CONFIDENCE = {
  given: 1,
  silence: 0.7,
  "short-pause": 0.5,
  "fixed-length": 0.2,
  "end-of-speech": 0.9,
};

/**
 * Finds what is to be replaced (or, at the end, what follows the last word). The silence rule: the
 * first stretch of speech that a pause ends is the generic name.
 * @throws AppError NO_SPEECH, SLOT_INVALID, SLOT_UNSURE.
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
    return asSlot(room, room, "end-of-speech");
  }
  if (first.end - first.start <= request.plausibleSeconds) {
    return asSlot(first, roomAround(silences, first, duration), "silence");
  }
  const finer = speechSegments(pauses.shortSilences, duration, SHORTEST_WORD_SECONDS);
  const word = finer.find((segment) => segment.start >= first.start - NEAR_SECONDS);
  if (word && word.end - word.start <= request.plausibleSeconds) {
    return asSlot(word, roomAround(pauses.shortSilences, word, duration), "short-pause");
  }
  if (request.fixedSeconds === null) {
    throw new AppError(
      "SLOT_UNSURE",
      `no pause ends the first words, which begin at ${first.start.toFixed(2)} s, within ${request.plausibleSeconds} s, ` +
        `so where the name ends is not known: ${REMEDIES.pauses}`,
    );
  }
  const fixed = { start: first.start, end: Math.min(duration, first.start + request.fixedSeconds) };
  const room = { start: roomAround(silences, first, duration).start, end: fixed.end };
  return asSlot(fixed, room, "fixed-length");
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
  return asSlot(slot, roomAround(all, slot, duration), "given");
}

function asSlot({ start, end }: Interval, room: Interval, foundBy: keyof typeof CONFIDENCE): Slot {
  return { start, end, room, foundBy, confidence: CONFIDENCE[foundBy] };
}

/** Where the quiet at the very end begins: it need not be as long as a pause. */
function lastSound({ duration, shortSilences }: Pauses): number {
  const last = shortSilences.at(-1);
  return last && last.end >= duration - NEAR_SECONDS ? last.start : duration;
}
