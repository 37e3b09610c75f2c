import type { HeadPose } from "../../domain/face.ts";
import { seededRandom } from "../../signal/seeded-random.ts";
import { createBlinks } from "./blinks.ts";
import { clamp } from "./easing.ts";
import { createGlances } from "./glances.ts";
import { createSlowWave } from "./slow-wave.ts";
import { type SpeechEnergy, speechEnergy } from "./speech-energy.ts";

/** What a head does of itself, by the second. */
export type Motion = { at(seconds: number): HeadPose };

/** The farthest that a head at rest drifts: radians, and widths of the face. */
const YAW = 0.05;
const PITCH = 0.032;
const ROLL = 0.018;
const SHIFT = 0.007;
/** A head that does not speak moves by this part of that. */
const CALM = 0.45;
/** What a stressed syllable adds: a nod, radians, and the brows. */
const NOD = 0.045;
const BROW = 0.55;
/** The head follows the eyes by so much, radians. */
const FOLLOW = 0.012;

const SILENCE: SpeechEnergy = { active: 0, stress: 0 };

/**
 * Blinks, glances, and a head that drifts: livelier while there is speech, with nods and brows on its
 * stressed syllables. The same for the same seed.
 * @param options.levels Of the speech, dB of full scale, one for every 10 ms; without, it is calm.
 * @param options.duration Seconds; no blink is cut off there.
 */
export function createMotion({
  seed,
  duration,
  levels,
}: {
  seed: number;
  duration?: number;
  levels?: Float32Array;
}): Motion {
  const pose = createPoses({ seed, end: duration });
  const energy = levels ? speechEnergy(levels) : () => SILENCE;
  return { at: (seconds) => pose(seconds, energy(seconds)) };
}

/**
 * A calm head whose movement after `seconds` begins again without a seam: any moment shows what it
 * shows so many seconds later.
 * @throws RangeError when `seconds` is not above 0.
 */
export function createIdleLoop({ seed, seconds }: { seed: number; seconds: number }): Motion {
  if (!(seconds > 0 && seconds < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`idle loop: ${seconds} s is no length; give more than 0`);
  }
  const pose = createPoses({ seed, end: seconds, period: seconds });
  return { at: (at) => pose(at - Math.floor(at / seconds) * seconds, SILENCE) };
}

/**
 * What a head does of itself at a moment, and how much of it: the livelier its speech, the more.
 * @param options.end No blink reaches beyond it, seconds; without, there is no end.
 * @param options.period Seconds after which the slow movements repeat; without, they do not.
 */
export function createPoses({
  seed,
  end,
  period,
}: {
  seed: number;
  end?: number | undefined;
  period?: number;
}): (seconds: number, energy: SpeechEnergy) => HeadPose {
  // Each has a random source of its own: what one uses does not change another.
  const source = (part: number) => seededRandom(Math.imul(seed, 31) + part);
  const wave = (part: number, lowestHz: number, highestHz: number) =>
    createSlowWave({ random: source(part), lowestHz, highestHz, period });
  const blinks = createBlinks({ random: source(1), end });
  const glances = createGlances({ random: source(2), end });
  const waves = {
    yaw: wave(3, 0.07, 0.45),
    pitch: wave(4, 0.08, 0.5),
    roll: wave(5, 0.06, 0.35),
    shiftX: wave(6, 0.05, 0.25),
    shiftY: wave(7, 0.05, 0.25),
    brows: wave(8, 0.05, 0.3),
    gazeX: wave(9, 0.2, 0.8),
    gazeY: wave(10, 0.2, 0.8),
  };
  return (seconds, { active, stress }) => {
    const lively = CALM + (1 - CALM) * active;
    const glance = glances.at(seconds);
    return {
      blink: blinks.at(seconds),
      gazeX: clamp(glance.x + 0.04 * waves.gazeX(seconds), -1, 1),
      gazeY: clamp(glance.y + 0.03 * waves.gazeY(seconds), -1, 1),
      brows: clamp(0.12 * lively * waves.brows(seconds) + BROW * active * stress, -1, 1),
      yaw: YAW * lively * waves.yaw(seconds) + FOLLOW * glance.x,
      pitch: PITCH * lively * waves.pitch(seconds) + FOLLOW * glance.y + NOD * active * stress,
      roll: ROLL * lively * waves.roll(seconds),
      shiftX: SHIFT * lively * waves.shiftX(seconds),
      shiftY: SHIFT * lively * waves.shiftY(seconds),
    };
  };
}
