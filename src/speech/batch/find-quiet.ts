import type { Audio, Interval } from "../../domain/audio.ts";
import { powerToDb } from "../../signal/decibels.ts";
import { frameLevels } from "../../signal/frame-levels.ts";
import { percentile } from "../../signal/percentile.ts";
import { noiseFloor } from "../../signal/room-tone.ts";

const LOUD_SHARE = 0.95;
/** A pause is at least this far below the loud frames, however loud the wanted threshold is. */
const BELOW_LOUD_DB = 25;
/** Steady noise stays below its own floor by this; a pause in it is no quieter. */
const ABOVE_FLOOR_DB = 6;
/** With less between the noise and the speech, quiet says nothing about where words end. */
const LEAST_RANGE_DB = 14;
/** By so much the edges of a pause must be quieter than its middle to be the better place for a cut. */
const OFF_MIDDLE_DB = 6;
/** Shorter dips are within a sound. */
const SHORTEST_SECONDS = 0.03;

export type Quiet = {
  /** In order; the first and the last are those before and after all sound and may be empty. */
  stretches: Interval[];
  /** From the threshold of quiet up to the loud frames, dB: the less, the more speech hides below it. */
  rangeDb: number;
  /**
   * Where to cut within a pause, seconds: its quietest moment, as the ends of "pause" and the beginning
   * of "Faith" are weaker than the threshold; where all of it is alike, near its middle.
   */
  cutIn(pause: Interval): number;
};

/**
 * Where a recording is quiet: below `silenceDb` (dBFS, RMS of 10 ms), but the threshold follows the
 * recording, never above 25 dB below its loud frames and never below its own noise.
 * @returns null when noise or silence leaves nothing to tell speech from quiet by.
 */
export function findQuiet(audio: Audio, silenceDb: number): Quiet | null {
  const { powers, frameSeconds } = frameLevels(audio.samples, audio.sampleRate);
  const levels = Float32Array.from(powers, powerToDb);
  if (levels.length === 0) return null;
  const loud = percentile(levels, LOUD_SHARE);
  const threshold = Math.max(
    Math.min(silenceDb, loud - BELOW_LOUD_DB),
    noiseFloor(levels) + ABOVE_FLOOR_DB,
  );
  if (loud - threshold < LEAST_RANGE_DB) return null;
  const sounding = [...levels.keys()].filter((frame) => (levels[frame] ?? 0) >= threshold);
  const [first, last] = [sounding[0], sounding.at(-1)];
  if (first === undefined || last === undefined) return null;
  const stretches: Interval[] = [{ start: 0, end: first * frameSeconds }];
  let previous = first;
  for (const frame of sounding) {
    const seconds = (frame - previous - 1) * frameSeconds;
    if (seconds >= SHORTEST_SECONDS - frameSeconds / 2) {
      stretches.push({ start: (previous + 1) * frameSeconds, end: frame * frameSeconds });
    }
    previous = frame;
  }
  stretches.push({ start: (last + 1) * frameSeconds, end: levels.length * frameSeconds });
  const cutIn = ({ start, end }: Interval): number => {
    const middle = (start + end) / 2;
    const [from, to] = [Math.round(start / frameSeconds), Math.round(end / frameSeconds)];
    const at = (frame: number) => (frame + 0.5) * frameSeconds;
    const costs = Array.from({ length: Math.max(0, to - from) }, (_, index) => {
      const around = [-1, 0, 1].map((offset) => levels[from + index + offset] ?? 0);
      const distance = Math.abs(at(from + index) - middle) / (end - middle);
      return Math.max(...around) + OFF_MIDDLE_DB * distance;
    });
    return costs.length === 0 ? middle : at(from + costs.indexOf(Math.min(...costs)));
  };
  return { stretches, rangeDb: loud - threshold, cutIn };
}
