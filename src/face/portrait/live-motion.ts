import type { HeadPose } from "../../domain/face.ts";
import { mix, smoothstep } from "./easing.ts";
import { createPoses } from "./motion.ts";
import { type SpeechEnergy, speechEnergy } from "./speech-energy.ts";

/** The motion of a head whose speech becomes known bit by bit. */
export type LiveMotion = {
  /** Goes on with levels of what is said, dB of full scale, one for every 10 ms. */
  hear(levelsDb: Float32Array): void;
  /** Leaves off at `from` and is back in the pose it began with from `until` on, seconds. */
  comeHome(from: number, until: number): void;
  /** @param seconds Never less than before. */
  at(seconds: number): HeadPose;
};

const HOP_SECONDS = 0.01;
/** How much of what was said before still counts: as far as `speechEnergy` looks. */
const KEPT_HOPS = 200;
/** From the first pose into free motion. */
const LEAVING_SECONDS = 0.6;
/**
 * What becomes known later would make the head jump: it follows with these time constants, seconds.
 */
const ACTIVE_LAG = 0.2;
const STRESS_LAG = 0.06;

/**
 * As `createMotion`, for as long as is needed, and without knowing what will be said.
 * @param options.home The pose at 0, and again after `comeHome`; with open eyes.
 */
export function createLiveMotion({ seed, home }: { seed: number; home: HeadPose }): LiveMotion {
  const poseAt = createPoses({ seed });
  let levels = new Float32Array();
  /** Of the first of `levels`, in hops. */
  let origin = 0;
  let energyAt = speechEnergy(levels);
  let followed: SpeechEnergy = { active: 0, stress: 0 };
  let before = 0;
  let returning: { from: number; until: number } | undefined;
  let blinking = false;

  function follow(seconds: number): SpeechEnergy {
    const { active, stress } = energyAt(seconds - origin * HOP_SECONDS);
    const passed = seconds - before;
    before = seconds;
    const share = (lag: number) => 1 - Math.exp(-passed / lag);
    followed = {
      active: mix(followed.active, active, share(ACTIVE_LAG)),
      stress: mix(followed.stress, stress, share(STRESS_LAG)),
    };
    return followed;
  }

  return {
    hear(added) {
      const kept = levels.subarray(Math.max(0, levels.length - KEPT_HOPS));
      origin += levels.length - kept.length;
      levels = new Float32Array(kept.length + added.length);
      levels.set(kept);
      levels.set(added, kept.length);
      energyAt = speechEnergy(levels);
    },
    comeHome(from, until) {
      returning = { from, until };
    },
    at(seconds) {
      const free = poseAt(seconds, follow(seconds));
      const { from, until } = returning ?? { from: Infinity, until: Infinity };
      // On the way home a blink is ended, but none is begun.
      blinking = free.blink > 0 && (seconds < from || blinking);
      const away =
        smoothstep(0, LEAVING_SECONDS, seconds) *
        (returning ? 1 - smoothstep(from, until, seconds) : 1);
      const between = (part: keyof HeadPose) => mix(home[part], free[part], away);
      return {
        blink: blinking ? free.blink : 0,
        gazeX: between("gazeX"),
        gazeY: between("gazeY"),
        brows: between("brows"),
        yaw: between("yaw"),
        pitch: between("pitch"),
        roll: between("roll"),
        shiftX: between("shiftX"),
        shiftY: between("shiftY"),
      };
    },
  };
}
