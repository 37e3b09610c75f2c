import type { Interval } from "../domain/audio.ts";
import type { Edit } from "../domain/edit.ts";
import type { Slot, SlotSource } from "../domain/slot.ts";
import type { NamePosition, Tier } from "../domain/tier.ts";

/** Spoken pace that still sounds natural: length as it is over length as it is to be. */
export const SLOWEST = 0.8;
export const FASTEST = 1.3;

const FADE_SECONDS = 0.012;
/** The base's own quiet is replaced this far around the slot, for soft on- and offsets of the old name. */
const LEAD_SECONDS = 0.06;
const TAIL_SECONDS = 0.12;
/** A name may be heard this much after the slot begins. */
const UNHEARD_SECONDS = 0.008;
/** Room tone after a name at the end, before the base's own goes on. */
const AFTER_SECONDS = 0.06;
/** Quiet that a borrowing name leaves before the speech that follows. */
const BREATH_SECONDS = 0.05;
/** A slot may become this much longer. */
const MOST_GROWTH_SECONDS = 4;

export type PlanRequest = {
  tier: Tier;
  position: NamePosition;
  slot: Slot;
  /** Of the template: Hz, seconds, samples. */
  template: { sampleRate: number; duration: number; lengthStep: number };
  /** Natural length of the clip, seconds. */
  clipSeconds: number;
  /** Where in the clip its sound is heard to begin, seconds: a soft onset comes before that. */
  clipOnset: number;
  /** Whether a name keeps its pace, and the base gives way to it; otherwise it is fitted to the slot. */
  naturalPace: boolean;
  /** Quiet after a name that keeps its pace, and before one at the end of a silver output, seconds. */
  gapSeconds: number;
  /** Quiet around a name at the end of a gold output, seconds. */
  endGuardSeconds: number;
};

export type Plan =
  | {
      fits: true;
      edit: Edit;
      /** The clip as it will sound, seconds. */
      clipSeconds: number;
      /** Pace: 1 is natural, 1.3 is fast. */
      stretch: number;
    }
  /** The name does not fit even at the fastest pace; the longest clip that would, seconds, at least 0. */
  | { fits: false; longestSeconds: number };

/** Turns a slot and a clip into the change of the base's sound. Pure: times in, samples out. */
export function planEdit(request: PlanRequest): Plan {
  const silver = request.tier === "silver";
  if (request.position === "end" && request.slot.foundBy === "end-of-speech") {
    return silver ? insertAfterSpeech(request) : speakAtEnd(request);
  }
  if (silver) return replaceHead(request);
  return request.naturalPace ? speakNaturally(request) : fitIntoSlot(request);
}

/** The part of a base in which such edits lie, for its compilation. */
export function editableInterval(
  request: Pick<PlanRequest, "tier" | "slot" | "naturalPace">,
  duration: number,
): Interval & { growable: boolean } {
  const { tier, slot, naturalPace } = request;
  const atEnd = slot.foundBy === "end-of-speech";
  if (tier === "silver") {
    return atEnd
      ? { start: slot.start, end: Math.min(duration, slot.start + 1), growable: true }
      : {
          start: headStart(slot),
          end: Math.min(duration, slot.end + 2 * TAIL_SECONDS),
          growable: true,
        };
  }
  if (atEnd) return { start: slot.start, end: duration, growable: true };
  const start = Math.max(0, slot.start - 2 * LEAD_SECONDS);
  return { start, end: Math.max(slot.room.end, slot.end), growable: naturalPace };
}

/** Where a name that takes a slot's place may sound, seconds. */
type Room = {
  hasPause: boolean;
  /** What is taken out of the base ends here at the latest. */
  limit: number;
};

function roomOf({ slot, template }: PlanRequest): Room {
  const hasPause = slot.room.end - slot.end > BREATH_SECONDS + FADE_SECONDS;
  const limit = Math.min(
    hasPause ? slot.room.end - BREATH_SECONDS : slot.end,
    template.duration, // the base as it was heard may be longer by a fraction of a sample
  );
  return { hasPause, limit };
}

/** Where the cut begins, and where in it a clip that is to last `sounding`. */
function onsetOf({ slot, clipSeconds, clipOnset }: PlanRequest, sounding: number) {
  const lead = Math.max(FADE_SECONDS, Math.min(LEAD_SECONDS, slot.start - slot.room.start));
  const from = Math.max(0, slot.start - lead);
  // What of an onset is too soft to be heard goes into the quiet before the slot.
  const soft = (clipOnset * sounding) / clipSeconds - UNHEARD_SECONDS;
  const clipFrom = slot.start - Math.max(0, Math.min(soft, slot.start - from - FADE_SECONDS));
  return { from, clipFrom };
}

/**
 * The name takes the slot's place at its own pace. It takes of the pause after it what it needs; where
 * that is too little, all that follows comes later.
 */
function speakNaturally(request: PlanRequest): Plan {
  const { slot, template, clipSeconds, gapSeconds } = request;
  const { sampleRate, lengthStep } = template;
  const { hasPause, limit } = roomOf(request);
  const { from, clipFrom } = onsetOf(request, clipSeconds);
  const clipEnd = clipFrom + clipSeconds;
  // The base's own quiet before its next word is part of the gap.
  const breath = Math.max(0, slot.room.end - limit);
  const gap = Math.max(gapSeconds - breath, hasPause ? 2 * FADE_SECONDS : FADE_SECONDS);
  const missing = clipEnd + gap - limit;
  if (missing > (lengthStep === 0 ? 0 : MOST_GROWTH_SECONDS)) {
    const most = lengthStep === 0 ? 0 : MOST_GROWTH_SECONDS;
    return { fits: false, longestSeconds: Math.max(0, limit + most - gap - clipFrom) };
  }
  const grows = missing > 0;
  const to =
    hasPause && !grows
      ? Math.min(limit, Math.max(slot.end + TAIL_SECONDS, clipEnd + 2 * FADE_SECONDS))
      : limit;
  const cut = samples({ start: from, end: to }, sampleRate);
  const longer = grows ? Math.ceil((missing * sampleRate) / lengthStep) * lengthStep : 0;
  const clipStart = Math.round(clipFrom * sampleRate) - cut.start;
  const length = cut.end - cut.start + longer;
  const clipLength = Math.min(Math.round(clipSeconds * sampleRate), length - clipStart);
  return planned(request, cut, { length, clipStart, clipLength });
}

/** Gold: the name takes the slot's place, and of the pause after it what it needs; the length stays. */
function fitIntoSlot(request: PlanRequest): Plan {
  const { slot, template, clipSeconds } = request;
  const { sampleRate } = template;
  const slotSeconds = slot.end - slot.start;
  const { hasPause, limit } = roomOf(request);
  const longest = limit - (hasPause ? FADE_SECONDS : 0) - slot.start;
  const sounding = Math.max(clipSeconds / FASTEST, Math.min(clipSeconds / SLOWEST, slotSeconds));
  if (sounding > longest) {
    return { fits: false, longestSeconds: Math.max(0, longest * FASTEST) };
  }
  const { from, clipFrom } = onsetOf(request, sounding);
  const clipEnd = clipFrom + sounding;
  const to = hasPause
    ? Math.min(limit, Math.max(slot.end + TAIL_SECONDS, clipEnd + 2 * FADE_SECONDS))
    : limit;
  const cut = samples({ start: from, end: to }, sampleRate);
  const clipStart = Math.round(clipFrom * sampleRate) - cut.start;
  const length = cut.end - cut.start;
  const clipLength = Math.min(Math.round(sounding * sampleRate), length - clipStart);
  return planned(request, cut, { length, clipStart, clipLength });
}

/** Gold at the end: the name after the last word; the sound grows when the base's tail is too short. */
function speakAtEnd(request: PlanRequest): Plan {
  const { slot, template, clipSeconds, endGuardSeconds } = request;
  const { sampleRate } = template;
  const end = Math.round(template.duration * sampleRate);
  const speechEnd = Math.min(end, Math.round(slot.start * sampleRate));
  const guard = Math.round(endGuardSeconds * sampleRate);
  const start = speechEnd + Math.max(0, guard - Math.round(LEAD_SECONDS * sampleRate));
  const clipStart = Math.max(0, speechEnd + guard - start);
  const clipLength = Math.round(clipSeconds * sampleRate);
  const needed = start + clipStart + clipLength + guard;
  const from = Math.min(start, end);
  const fill = { clipStart: clipStart + start - from, clipLength };
  if (needed <= end) {
    const to = Math.min(
      end,
      start + clipStart + clipLength + Math.round(AFTER_SECONDS * sampleRate),
    );
    return planned(request, { start: from, end: to }, { ...fill, length: to - from });
  }
  if (template.lengthStep === 0) {
    const longest = (end - speechEnd - 2 * guard) / sampleRate;
    return { fits: false, longestSeconds: Math.max(0, longest) };
  }
  return planned(request, { start: from, end }, { ...fill, length: needed - from });
}

/** What the rule for pauses finds are the first words. */
const FIRST_WORDS: SlotSource[] = ["silence", "short-pause", "fixed-length"];

/** The lead-in before the first words is dropped; speech before any other slot stays. */
function headStart({ start, room, foundBy }: Slot): number {
  if (FIRST_WORDS.includes(foundBy) || room.start <= 0) return 0;
  return Math.max(0, Math.min(start - FADE_SECONDS, Math.max(room.start, start - LEAD_SECONDS)));
}

/** Silver: the slot gives way to the name and a gap. */
function replaceHead(request: PlanRequest): Plan {
  const { slot, template, clipSeconds, gapSeconds } = request;
  const { sampleRate, lengthStep } = template;
  const pause = slot.room.end - slot.end;
  const tail = Math.max(0, Math.min(TAIL_SECONDS, pause - BREATH_SECONDS));
  const cutEnd = Math.min(slot.end + tail, template.duration);
  const cut = samples({ start: headStart(slot), end: cutEnd }, sampleRate);
  const clipLength = Math.round(clipSeconds * sampleRate);
  const after = Math.round((gapSeconds + tail) * sampleRate);
  const fade = Math.round(FADE_SECONDS * sampleRate);
  // What the frame grid asks for is put in front, so that the gap is exact.
  const quiet = Math.round(slot.start * sampleRate) - cut.start;
  const lead = cut.start > 0 ? Math.max(quiet, fade) : fade;
  const cutLength = cut.end - cut.start;
  const clipStart = lead + padding(lead + clipLength + after - cutLength, lengthStep);
  const length = clipStart + clipLength + after;
  return planned(request, cut, { length, clipStart, clipLength });
}

/** Silver at the end: name and gap are put between the last word and the rest of the base. */
function insertAfterSpeech(request: PlanRequest): Plan {
  const { slot, template, clipSeconds, gapSeconds } = request;
  const { sampleRate, lengthStep } = template;
  const end = Math.round(template.duration * sampleRate);
  const speechEnd = Math.round(slot.start * sampleRate);
  const gap = Math.round(gapSeconds * sampleRate);
  const fade = Math.round(FADE_SECONDS * sampleRate);
  const lead = Math.min(
    gap,
    Math.round(LEAD_SECONDS * sampleRate),
    Math.max(0, end - speechEnd - 2 * fade),
  );
  const start = Math.min(end, speechEnd + lead);
  const cut = { start, end: Math.min(end, start + 2 * fade) };
  const clipStart = speechEnd + gap - start;
  const clipLength = Math.round(clipSeconds * sampleRate);
  const least = clipStart + clipLength + Math.round(AFTER_SECONDS * sampleRate);
  const length = least + padding(least - (cut.end - cut.start), lengthStep);
  return planned(request, cut, { length, clipStart, clipLength });
}

function planned(
  { clipSeconds, template: { sampleRate } }: PlanRequest,
  cut: Edit["cut"],
  fill: Edit["fill"],
): Plan {
  const sounding = fill.clipLength / sampleRate;
  return {
    fits: true,
    edit: { cut, fill, fade: Math.round(FADE_SECONDS * sampleRate) },
    clipSeconds: sounding,
    stretch: clipSeconds / sounding,
  };
}

function samples({ start, end }: Interval, sampleRate: number): Edit["cut"] {
  return { start: Math.round(start * sampleRate), end: Math.round(end * sampleRate) };
}

/** How many samples make `length` a multiple of `step`. */
function padding(length: number, step: number): number {
  return step <= 1 ? 0 : (step - (((length % step) + step) % step)) % step;
}
