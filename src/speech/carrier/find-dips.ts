import type { Audio, Interval } from "../../domain/audio.ts";
import { powerToDb } from "../../signal/decibels.ts";
import { frameLevels } from "../../signal/frame-levels.ts";

/** A moment at which the voice is weaker than before and after it. */
export type Dip = Interval & {
  /** How far below the weaker one of the loudest moments before and after it, dB. */
  depthDb: number;
};

/** How far around a dip the voice must be louder. */
const REACH_SECONDS = 0.2;
/** Shallower ones are within a sound. */
const LEAST_DEPTH_DB = 6;
/** Of dips closer together than this the deepest counts. */
const APART_SECONDS = 0.06;

/** The dips of a recording, each one frame of 10 ms, in order. */
export function findDips({ samples, sampleRate }: Audio): Dip[] {
  const { powers, frameSeconds } = frameLevels(samples, sampleRate);
  const levels = Array.from(powers, powerToDb);
  const reach = Math.round(REACH_SECONDS / frameSeconds);
  const dips = levels.flatMap((level, frame) => {
    const before = Math.max(...levels.slice(Math.max(0, frame - reach), frame));
    const after = Math.max(...levels.slice(frame + 1, frame + 1 + reach));
    const depthDb = Math.min(before, after) - level;
    if (depthDb < LEAST_DEPTH_DB) return [];
    return [{ start: frame * frameSeconds, end: (frame + 1) * frameSeconds, depthDb }];
  });
  return dips.filter(
    (dip) =>
      !dips.some(
        (other) =>
          Math.abs(other.start - dip.start) < APART_SECONDS &&
          (other.depthDb > dip.depthDb ||
            (other.depthDb === dip.depthDb && other.start < dip.start)),
      ),
  );
}
