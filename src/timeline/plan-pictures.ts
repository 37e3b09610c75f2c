import type { Interval } from "../domain/audio.ts";
import type { Edit } from "../domain/edit.ts";
import type { Slot } from "../domain/slot.ts";
import type { PictureStretch } from "../domain/template.ts";

/** Lips begin to move so long before a word is heard where it is quiet, and where another word ends. */
const QUIET_LEAD_SECONDS = 0.24;
const SPOKEN_LEAD_SECONDS = 0.08;
/** In a pause the speaker's own lips get ready for the next word so long before it is heard. */
const NEXT_WORD_SECONDS = 0.06;
/** Pictures that may be new, from the slot's beginning on: a longer name holds some of them. */
const MOST_SECONDS = 3;
/** A mouth comes to rest, and passes into the recorded one, within so much after the last word. */
const SETTLE_SECONDS = 0.2;

/** Whose pictures have to be new for a lip-synced name in a slot, in seconds of the base. */
export function picturesInterval({ start, end, room }: Slot, duration: number): Interval {
  const quiet = Math.min(QUIET_LEAD_SECONDS, start - room.start);
  const from = Math.max(0, start - Math.max(SPOKEN_LEAD_SECONDS, quiet));
  const pause = Math.min(room.end - NEXT_WORD_SECONDS, start + MOST_SECONDS);
  const atEnd = room.end >= duration ? Math.min(duration, start + MOST_SECONDS) : 0;
  const to = Math.max(end + SPOKEN_LEAD_SECONDS, pause, atEnd);
  return { start: from, end: Math.min(duration, to) };
}

/** The pictures that one recipient has in a stretch. */
export type PicturePlan = {
  /** For each picture the one of the stretch that it shows, from 0, ascending. */
  sources: number[];
  /** How long each is shown, seconds. */
  frameSeconds: number;
  /** When the name begins, seconds after the first picture is shown. */
  speechStart: number;
};

/**
 * Which pictures of a stretch follow an edit's sound: those until the mouth is at rest again, or, where
 * the sound becomes longer, all, some of them shown again and again.
 */
export function planPictures({
  stretch,
  slot,
  edit,
  sampleRate,
}: {
  stretch: PictureStretch;
  /** What the base says there, seconds. */
  slot: Interval;
  edit: Edit;
  sampleRate: number;
}): PicturePlan {
  const { cut, fill } = edit;
  const spoken = (cut.start + fill.clipStart) / sampleRate;
  const speechStart = spoken - stretch.start;
  const seconds = stretch.end - stretch.start;
  const longer = (fill.length - (cut.end - cut.start)) / sampleRate;
  const own = seconds / stretch.frames;
  if (longer <= 0) {
    const settled = Math.max(slot.end, spoken + fill.clipLength / sampleRate) + SETTLE_SECONDS;
    const needed = (settled - stretch.start) / own;
    const count = stretch.cuts.find((pictures) => pictures >= needed) ?? stretch.frames;
    const sources = Array.from({ length: count }, (_, picture) => picture);
    return { sources, frameSeconds: own, speechStart };
  }
  const count = Math.max(stretch.frames, Math.round((seconds + longer) / own));
  const sources = Array.from({ length: count }, (_, picture) =>
    Math.floor(((picture + 0.5) * stretch.frames) / count),
  );
  return { sources, frameSeconds: (seconds + longer) / count, speechStart };
}
