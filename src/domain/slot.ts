import type { Interval } from "./audio.ts";

/** How a slot was found, from the surest to the least sure. */
export type SlotSource = "given" | "silence" | "short-pause" | "fixed-length" | "end-of-speech";

/** The interval of the base's timeline that is personalised, in seconds. */
export type Slot = Interval & {
  /**
   * The quiet around it that a name may use: from the end of the speech before `start` to the
   * beginning of the speech after `end`. At the end of the base `room.end` is the base's end.
   */
  room: Interval;
  foundBy: SlotSource;
};
