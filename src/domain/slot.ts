import type { Interval } from "./audio.ts";

/**
 * How a slot was found:
 * - `given`: the user said when it is.
 * - `transcript`, `recognised`: what the base says was given, or written down by a recogniser, and the
 *   words were found where it is heard.
 * - `keyword`: the words in its place were given and found.
 * - `silence`, `short-pause`: it is the first words, which a pause ends.
 * - `fixed-length`: the first words run on, and as much of them is replaced as the user said.
 * - `end-of-speech`: nothing is replaced, the name follows the last word.
 */
// biome-ignore format: two lines read best
export const SLOT_SOURCES = [
  "given", "transcript", "recognised", "keyword",
  "silence", "short-pause", "fixed-length", "end-of-speech",
] as const;
export type SlotSource = (typeof SLOT_SOURCES)[number];

/** Words are searched for in so much of a base from its beginning, seconds. */
export const SEARCHED_SECONDS = 600;

/** The interval of the base's timeline that is personalised, in seconds. */
export type Slot = Interval & {
  /**
   * The quiet around it that a name may use: from the end of the speech before `start` to the
   * beginning of the speech after `end`. At the end of the base `room.end` is the base's end.
   */
  room: Interval;
  foundBy: SlotSource;
  /** How likely it is the right place, 0..1: measured for what was searched for, judged for the rest. */
  confidence: number;
};
