import type { Interval } from "../domain/audio.ts";
import type { Slot } from "../domain/slot.ts";
import { type Pauses, roomAround } from "./room-around.ts";

/** A border that was found by the sound of words belongs to a pause this near to it, seconds. */
const PAUSE_REACH_SECONDS = 0.12;
/** The same for a pause so short that it may be one inside a word, before its last sound. */
const SHORT_PAUSE_REACH_SECONDS = 0.05;

/**
 * The slot at the place where words were found: its borders are those of the pauses beside it, where
 * there are some, and its room reaches over them.
 */
export function locatedSlot(
  { duration, silences, shortSilences }: Pauses,
  found: Interval & { confidence: number },
  foundBy: "transcript" | "recognised" | "keyword",
): Slot {
  const ends = (pauses: readonly Interval[]) => pauses.map(({ end }) => end);
  const starts = (pauses: readonly Interval[]) => pauses.map(({ start }) => start);
  const start =
    nearest(ends(silences), found.start, PAUSE_REACH_SECONDS) ??
    nearest(ends(shortSilences), found.start, SHORT_PAUSE_REACH_SECONDS) ??
    found.start;
  const end =
    nearest(starts(silences), found.end, PAUSE_REACH_SECONDS) ??
    nearest(starts(shortSilences), found.end, SHORT_PAUSE_REACH_SECONDS) ??
    found.end;
  const snapped = end > start ? { start, end } : { start: found.start, end: found.end };
  const slot = { start: Math.max(0, snapped.start), end: Math.min(duration, snapped.end) };
  const room = roomAround([...silences, ...shortSilences], slot, duration);
  return { ...slot, room, foundBy, confidence: found.confidence };
}

function nearest(times: readonly number[], time: number, reach: number): number | undefined {
  const off = (one: number) => Math.abs(one - time);
  const best = times.reduce<number | undefined>(
    (near, one) => (near !== undefined && off(near) <= off(one) ? near : one),
    undefined,
  );
  return best !== undefined && off(best) <= reach ? best : undefined;
}
