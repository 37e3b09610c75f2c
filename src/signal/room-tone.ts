import { FLOOR_DB, powerToDb } from "./decibels.ts";
import { energyOf } from "./frame-levels.ts";
import { createGrowingSamples } from "./growing-samples.ts";
import { percentile } from "./percentile.ts";

/** Finds the sound of the room in a mono stream: what is heard while nobody speaks. */
export type ToneFinder = {
  /** Takes the next samples of the stream, any number of them. */
  push(samples: Float32Array): void;
  /** The quietest typical stretch; shorter than asked for only when less was pushed. */
  finish(): Float32Array;
};

const FRAMES_PER_SECOND = 100;
/** The noise floor is the level that this share of the frames stays below. */
const FLOOR_SHARE = 0.03;
/**
 * A stretch whose quietest 10 ms are further below the noise floor holds a fade or a dropout. Steady
 * noise stays within this: its 10 ms differ by a few dB, and the floor is among the lower ones.
 */
const BELOW_FLOOR_DB = 4;
/** Frames up to this far above the noise floor are pauses … */
const PAUSE_RANGE_DB = 6;
/** … unless they are no further than this below the loud frames: then they are speech. */
const SPEECH_RANGE_DB = 20;
const LOUD_SHARE = 0.95;
/** Below this a frame counts as digital silence: no recording in 16 bits holds a room this quiet. */
const DIGITAL_SILENCE_DB = -90;
/** Candidates are kept for levels from −120 to 0 dB in steps of half a dB. */
const STEPS_PER_DB = 2;

/** Power of the quietest and of the loudest 10 ms of a stretch, and the stretch. */
type Candidate = { quietest: number; loudest: number; samples: Float32Array };

/**
 * Looks for the stretch of `seconds` whose loudest 10 ms are quietest, unless it lies below the noise
 * floor (the 3rd percentile of frame power). Digital silence is the room only where most pauses are
 * digitally silent; otherwise it is a gap in the recording and takes no part.
 * The floor is known only at the end, so one candidate is kept for every half dB of its quietest
 * 10 ms: at most a few megabytes however long the stream is.
 */
export function createToneFinder(sampleRate: number, seconds = 0.12): ToneFinder {
  const frameLength = Math.round(sampleRate / FRAMES_PER_SECOND);
  const stretchFrames = Math.max(1, Math.round(seconds * FRAMES_PER_SECOND));
  const ring = new Float32Array(stretchFrames * frameLength);
  const levels = createGrowingSamples();
  const recent = new Float64Array(stretchFrames);
  const candidates = new Map<number, Candidate>();
  let frames = 0;
  let filled = 0;

  const slotOf = (frame: number) => (frame % stretchFrames) * frameLength;

  function closeFrame(): void {
    const slot = slotOf(frames);
    const power = energyOf(ring, slot, slot + frameLength) / frameLength;
    levels.push(powerToDb(power));
    recent[frames % stretchFrames] = power;
    frames++;
    if (frames >= stretchFrames) consider();
  }

  function consider(): void {
    let loudest = 0;
    let quietest = Number.POSITIVE_INFINITY;
    for (const power of recent) {
      if (power > loudest) loudest = power;
      if (power < quietest) quietest = power;
    }
    const step = Math.floor((powerToDb(quietest) - FLOOR_DB) * STEPS_PER_DB);
    const known = candidates.get(step);
    if (known && known.loudest <= loudest) return;
    candidates.set(step, { quietest, loudest, samples: unrolled(ring, slotOf(frames)) });
  }

  return {
    push(samples) {
      let index = 0;
      while (index < samples.length) {
        const end = Math.min(samples.length, index + frameLength - filled);
        ring.set(samples.subarray(index, end), slotOf(frames) + filled);
        filled += end - index;
        index = end;
        if (filled < frameLength) continue;
        filled = 0;
        closeFrame();
      }
    },
    finish() {
      if (frames < stretchFrames) return ring.slice(0, slotOf(frames) + filled);
      const floor = noiseFloor(levels.values()) - BELOW_FLOOR_DB;
      const ordered = [...candidates.values()].sort((a, b) => a.loudest - b.loudest);
      const chosen = ordered.find((candidate) => powerToDb(candidate.quietest) >= floor);
      // Nothing is above the floor only when all of the stream is alike: then the loudest will do.
      return (chosen ?? ordered.at(-1))?.samples ?? new Float32Array(0);
    },
  };
}

/** A copy of the ring that begins at `start`. */
function unrolled(ring: Float32Array, start: number): Float32Array {
  const copy = new Float32Array(ring.length);
  copy.set(ring.subarray(start), 0);
  copy.set(ring.subarray(0, start), ring.length - start);
  return copy;
}

/**
 * The level that 3 % of a recording's frames stay below, in dB, from the levels of all its frames in
 * dB. Digital silence counts only where most pauses are digitally silent.
 */
export function noiseFloor(levels: Float32Array): number {
  const sounding = levels.filter((level) => level > DIGITAL_SILENCE_DB);
  const silentPauses = levels.length - sounding.length;
  if (silentPauses === 0) return percentile(levels, FLOOR_SHARE);
  const floor = percentile(sounding, FLOOR_SHARE);
  const speech = percentile(sounding, LOUD_SHARE) - SPEECH_RANGE_DB;
  const pause = Math.min(floor + PAUSE_RANGE_DB, speech);
  const soundingPauses = sounding.filter((level) => level < pause).length;
  return silentPauses > soundingPauses ? percentile(levels, FLOOR_SHARE) : floor;
}

/**
 * Room tone of `length` samples from a short `seed` of it. Grains of half the seed's length, taken at
 * random places, overlap by half under sine windows: the power stays even and no period is heard.
 * Its RMS is the seed's.
 * @param random from 0 up to 1, as Math.random.
 */
export function growTone(seed: Float32Array, length: number, random: () => number): Float32Array {
  const tone = new Float32Array(length);
  if (seed.length < 4) return tone;
  const hop = seed.length >> 2;
  const grain = 2 * hop;
  const places = seed.length - grain + 1;
  const window = new Float64Array(grain);
  for (let i = 0; i < grain; i++) window[i] = Math.sin((Math.PI * (i + 0.5)) / grain);

  let place = Math.floor(random() * places);
  for (let at = -hop; at < length; at += hop) {
    const end = Math.min(grain, length - at);
    for (let i = Math.max(0, -at); i < end; i++) {
      tone[at + i] = (tone[at + i] ?? 0) + (seed[place + i] ?? 0) * (window[i] ?? 0);
    }
    // A grain that goes on where the last one stands would add up with itself and be louder.
    const same = place + hop;
    place = Math.floor(random() * places);
    if (Math.abs(place - same) < hop / 4) place = (place + hop) % places;
  }
  const energy = energyOf(tone, 0, length);
  if (energy === 0) return tone;
  const gain = Math.sqrt(energyOf(seed, 0, seed.length) / seed.length / (energy / length));
  for (let i = 0; i < length; i++) tone[i] = (tone[i] ?? 0) * gain;
  return tone;
}
