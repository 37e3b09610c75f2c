import type { Interval } from "../domain/audio.ts";
import type { Slot } from "../domain/slot.ts";
import type { Warning } from "../domain/warning.ts";
import type { Analysis, MediaCallOptions } from "../ports/media-engine.ts";
import { findSlot } from "../timeline/find-slot.ts";
import type { CampaignOptions } from "./campaign-options.ts";
import { type SlotTools, searchSlots } from "./search-slots.ts";

/** A first stretch of speech longer than this is no spoken name, seconds. */
const PLAUSIBLE_NAME_SECONDS = 2.5;

export type SlotOptions = Pick<
  CampaignOptions,
  | "insertMode"
  | "namePosition"
  | "slot"
  | "transcript"
  | "spokenName"
  | "lang"
  | "silenceDb"
  | "silenceDur"
  | "goldDetectSilenceDur"
  | "silverReplaceSeconds"
  | "goldMaxNameSeconds"
>;

export type SlotsRequest = {
  base: string;
  options: SlotOptions;
  /** Words such as NAME1, NAME2, in speaking order, each to be replaced; null for the one name. */
  markers: readonly string[] | null;
  call: MediaCallOptions;
  onWarning: (warning: Warning) => void;
};

/**
 * Listens to a base and finds what is to be replaced, by the surest way that the options allow: times,
 * a transcript, the words themselves (written down by a recogniser where there is one), the pauses.
 * @returns In speaking order, at least one.
 * @throws AppError NO_SPEECH, SLOT_INVALID, SLOT_UNSURE, INVALID_OPTION, and as the tools do.
 */
export async function findSlots(
  tools: SlotTools,
  { base, options, markers, call, onWarning }: SlotsRequest,
): Promise<{ slots: Slot[]; analysis: Analysis }> {
  const analysis = await tools.media.analyse(
    base,
    {
      silenceDb: options.silenceDb,
      silenceDuration: options.silenceDur,
      shortSilenceDuration: options.goldDetectSilenceDur,
    },
    call,
  );
  const { slot: given, transcript, spokenName, lang: language } = options;
  const words = markers ?? (spokenName === undefined ? null : [spokenName]);
  // A name after the last words has its place: what the base says only tells how to speak it.
  const isContext = options.namePosition === "end" && words === null && !transcript?.includes("{");
  const isSought = (transcript !== undefined || words !== null) && !isContext;
  if (given === undefined && isSought) {
    const search = { base, pauses: analysis, transcript, words, language, call, onWarning };
    return { slots: await searchSlots(tools, search), analysis };
  }
  const silver = options.insertMode === "silver";
  const slot = findSlot(analysis, {
    position: options.namePosition,
    given: parseSlot(given),
    plausibleSeconds: PLAUSIBLE_NAME_SECONDS,
    fixedSeconds: (silver ? options.silverReplaceSeconds : options.goldMaxNameSeconds) ?? null,
    silenceDb: options.silenceDb,
  });
  return { slots: [slot], analysis };
}

function parseSlot(slot: string | undefined): Interval | null {
  if (slot === undefined) return null;
  const [start = Number.NaN, end = Number.NaN] = slot.split("-").map(Number);
  return { start, end };
}
