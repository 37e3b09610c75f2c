import type { HeadPose, MouthShape, VisemeSpan } from "../../domain/face.ts";
import { powerToDb } from "../../signal/decibels.ts";
import { energyOf } from "../../signal/frame-levels.ts";
import { createLiveMotion } from "../portrait/live-motion.ts";
import { createMouthTrack, type MouthTrack } from "../visemes/mouth-track.ts";
import { SOUND_RATE } from "./live-encoder.ts";
import type { TimelineSound } from "./timeline-sound.ts";

/** Of the motion's loudness: 10 ms. */
const LEVEL_SAMPLES = SOUND_RATE / 100;
/** What was said this long before a clause still shapes the mouth at its beginning, and how loud it seems. */
const KEPT_SECONDS = 1;
/** The last samples of the sound that are still looked at when more is heard. */
export const KEPT_SAMPLES = KEPT_SECONDS * SOUND_RATE + LEVEL_SAMPLES;
/** How far a mouth opens at most from one frame to the next at an answer's beginning. */
const OPENING_A_FRAME = 0.1;

/** What mouth and head do in an answer whose sound becomes known clause by clause. */
export type AnswerFace = {
  /** Takes what was appended to the sound; `visemes` are on the answer's timeline and go on without a gap. */
  hear(visemes: readonly VisemeSpan[]): void;
  /** See `LiveMotion`. */
  comeHome(from: number, until: number): void;
  /** Of frames in their order. */
  at(frame: number): { mouth: MouthShape; pose: HeadPose };
};

/** How long before its end what is said may still look otherwise, for what follows, seconds. */
export const UNSURE_SECONDS = 0.12;

export function createAnswerFace({
  sound,
  fps,
  seed,
  home,
}: {
  sound: TimelineSound;
  fps: number;
  seed: number;
  home: HeadPose;
}): AnswerFace {
  const motion = createLiveMotion({ seed, home });
  let spans: VisemeSpan[] = [];
  let mouth: MouthTrack = createMouthTrack([]);
  /** Where `mouth` begins on the answer's timeline, seconds. */
  let origin = 0;
  let levels = 0;

  function hearLevels(): void {
    const to = Math.floor(sound.length() / LEVEL_SAMPLES);
    const samples = sound.slice(levels * LEVEL_SAMPLES, to * LEVEL_SAMPLES);
    motion.hear(
      Float32Array.from({ length: to - levels }, (_, hop) => {
        const from = hop * LEVEL_SAMPLES;
        return powerToDb(energyOf(samples, from, from + LEVEL_SAMPLES) / LEVEL_SAMPLES);
      }),
    );
    levels = to;
  }

  function followVisemes(added: readonly VisemeSpan[]): void {
    const begin = added[0]?.start ?? origin;
    spans = [...spans.filter(({ end }) => end > begin - KEPT_SECONDS), ...added];
    origin = Math.max(0, begin - KEPT_SECONDS);
    const samples = sound.slice(Math.round(origin * SOUND_RATE), sound.length());
    const moved = spans.map(({ viseme, start, end }) => ({
      viseme,
      start: Math.max(0, start - origin),
      end: end - origin,
    }));
    mouth = createMouthTrack(moved, { audio: { samples, sampleRate: SOUND_RATE } });
  }

  return {
    hear(visemes) {
      hearLevels();
      followVisemes(visemes);
    },
    comeHome: (from, until) => motion.comeHome(from, until),
    at(frame) {
      // What is shown for the length of a frame is right in its middle.
      const shape = mouth.at((frame + 0.5) / fps - origin, 1 / fps);
      // The first picture is that of rest; the answer opens the mouth, however early its first sound.
      const open = Math.min(shape.open, OPENING_A_FRAME * frame);
      return {
        mouth: frame === 0 ? { ...shape, ...CLOSED } : { ...shape, open },
        pose: motion.at(frame / fps),
      };
    },
  };
}

const CLOSED = { open: 0, wide: 0, round: 0, press: 0, teeth: 0, tongue: 0 };
