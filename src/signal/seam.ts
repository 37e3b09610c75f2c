import { powerToDb, toDb } from "./decibels.ts";
import type { FrameLevels } from "./frame-levels.ts";
import { activeLoudness } from "./loudness.ts";
import { percentile } from "./percentile.ts";

/** A click is looked for this near to the joint. */
const NEAR_SECONDS = 0.0015;
/** The second difference that is usual is measured this far around the joint. */
const AROUND_SECONDS = 0.15;
/** Closer than this nothing counts as usual, or the click would be compared with itself. */
const APART_SECONDS = 0.005;
const USUAL_SHARE = 0.99;
/** Keeps the ratio finite in digital silence. */
const SMALLEST_CHANGE = 1e-9;
const FLOOR_SHARE = 0.03;
/** Two noise floors below this are both inaudible. */
const INAUDIBLE_DB = -90;

/**
 * How much a joint stands out as a click, in dB: the peak of the second difference within ±1.5 ms of
 * sample `joint` over the 99th percentile of it within ±150 ms. Untouched speech is at −7, hard cuts
 * reach +10; a seam is good at −3 or less. −120 when nothing changes at the joint.
 */
export function clickDb(samples: Float32Array, sampleRate: number, joint: number): number {
  const near = Math.round(NEAR_SECONDS * sampleRate);
  const around = Math.round(AROUND_SECONDS * sampleRate);
  const apart = Math.round(APART_SECONDS * sampleRate);
  const from = Math.max(2, joint - around);
  const to = Math.min(samples.length, joint + around);
  const usual = new Float64Array(Math.max(0, to - from));
  let count = 0;
  let peak = 0;
  for (let i = from; i < to; i++) {
    const change = Math.abs((samples[i] ?? 0) - 2 * (samples[i - 1] ?? 0) + (samples[i - 2] ?? 0));
    if (i >= joint - near && i < joint + near) peak = Math.max(peak, change);
    if (Math.abs(i - joint) > apart) usual[count++] = change;
  }
  const reference = count === 0 ? 0 : percentile(usual.subarray(0, count), USUAL_SHARE);
  return toDb(peak / (reference + SMALLEST_CHANGE));
}

/**
 * Difference of the speech's loudness in LU, never negative; good up to 1. 0 when both are silent,
 * Infinity when one is.
 */
export function loudnessDifference(inserted: FrameLevels, rest: FrameLevels): number {
  const a = activeLoudness(inserted);
  const b = activeLoudness(rest);
  return a === b ? 0 : Math.abs(a - b);
}

/**
 * Difference of the noise floors in dB, never negative; good up to 3. The floor is the 3rd percentile
 * of frame power; what lies below −90 dBFS counts as −90.
 */
export function noiseFloorDifference(inserted: FrameLevels, rest: FrameLevels): number {
  return Math.abs(noiseFloorDb(inserted) - noiseFloorDb(rest));
}

/** The 3rd percentile of frame power as a level in dB, −90 at least and for no frames. */
export function noiseFloorDb(levels: FrameLevels): number {
  return levels.powers.length === 0
    ? INAUDIBLE_DB
    : audibleFloorDb(percentile(levels.powers, FLOOR_SHARE));
}

/** The power of a noise floor as a level in dB; what lies below −90 dBFS is inaudible and counts as that. */
export function audibleFloorDb(power: number): number {
  return Math.max(INAUDIBLE_DB, powerToDb(power));
}

/**
 * How differently two sounds are coloured, in dB: the standard deviation of the difference of their
 * band levels, over the bands both have. A difference in loudness alone is 0; one voice in two rooms
 * is at about 5. Good up to 5 for the same voice.
 */
export function spectralDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const count = Math.min(a.length, b.length);
  if (count === 0) return 0;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < count; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    sum += difference;
    squares += difference * difference;
  }
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}
