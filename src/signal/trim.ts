import { fromDb } from "./decibels.ts";
import { energyOf } from "./frame-levels.ts";
import { percentile } from "./percentile.ts";

const FRAMES_PER_SECOND = 200;
/** Nothing below this is speech; the absolute gate of ITU-R BS.1770-4. */
const SILENT_POWER = fromDb(-70) ** 2;
/** The loud frames are the loudest 3 %, but not more than these 50 ms in a long sound. */
const LOUD_SHARE = 0.97;
const LOUD_FRAMES = 10;
const ACTIVE_RANGE_DB = 20;

/**
 * Where the audible part of a mono sound lies, in samples, `start` inclusive and `end` exclusive. A
 * stretch of 5 ms is audible above `floorDb` relative to the loudest stretches; one more stretch is
 * kept at each end. Null when nothing in it is active (all below −70 dBFS).
 */
export function speechBounds(
  samples: Float32Array,
  sampleRate: number,
  floorDb = -38,
): { start: number; end: number } | null {
  const powers = framePowers(samples, sampleRate);
  const loud = loudPower(powers);
  if (loud < SILENT_POWER) return null;
  const threshold = loud * fromDb(floorDb) ** 2;
  const first = powers.findIndex((power) => power >= threshold);
  const last = powers.findLastIndex((power) => power >= threshold);
  return {
    start: Math.max(0, frameStart(first - 1, sampleRate)),
    end: Math.min(samples.length, frameStart(last + 2, sampleRate)),
  };
}

/** A sound is heard to begin where it first comes this near to its peak. */
const ONSET_DB = -30;

/** The sample at which a mono sound is heard to begin; 0 for silence. */
export function audibleOnset(samples: Float32Array): number {
  let peak = 0;
  for (let i = 0; i < samples.length; i++) peak = Math.max(peak, Math.abs(samples[i] ?? 0));
  const threshold = peak * fromDb(ONSET_DB);
  return Math.max(
    0,
    samples.findIndex((sample) => Math.abs(sample) >= threshold),
  );
}

/**
 * How many seconds of a mono sound are speech: the 5 ms stretches within 20 dB of the loudest ones
 * and above −70 dBFS. 0 for silence, which some speech engines return without an error.
 */
export function activeSeconds(samples: Float32Array, sampleRate: number): number {
  const powers = framePowers(samples, sampleRate);
  const threshold = Math.max(SILENT_POWER, loudPower(powers) * fromDb(-ACTIVE_RANGE_DB) ** 2);
  return powers.filter((power) => power > threshold).length / FRAMES_PER_SECOND;
}

function frameStart(frame: number, sampleRate: number): number {
  return Math.round((frame * sampleRate) / FRAMES_PER_SECOND);
}

/** Mean square of every 5 ms, a partial last one included. */
function framePowers(samples: Float32Array, sampleRate: number): Float64Array {
  const powers = new Float64Array(Math.ceil((samples.length * FRAMES_PER_SECOND) / sampleRate));
  for (let f = 0; f < powers.length; f++) {
    const start = frameStart(f, sampleRate);
    const end = Math.min(samples.length, frameStart(f + 1, sampleRate));
    powers[f] = end > start ? energyOf(samples, start, end) / (end - start) : 0;
  }
  return powers;
}

/** Power of the quietest of the loud frames, so that a single click does not count; 0 for no frames. */
function loudPower(powers: Float64Array): number {
  if (powers.length === 0) return 0;
  return percentile(powers, Math.max(LOUD_SHARE, 1 - LOUD_FRAMES / powers.length));
}
