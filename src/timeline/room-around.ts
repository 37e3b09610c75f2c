import type { Interval } from "../domain/audio.ts";

/** What was heard of a base; times in seconds. */
export type Pauses = {
  duration: number;
  silences: Interval[];
  /** The same with a shorter least length. */
  shortSilences: Interval[];
  peakDb: number;
};

/** A time this near to a pause belongs to it. */
export const NEAR_SECONDS = 0.08;

/** The pauses that touch an interval on either side, as one interval with it. */
export function roomAround(
  silences: readonly Interval[],
  { start, end }: Interval,
  duration: number,
): Interval {
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
