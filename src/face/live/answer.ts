import { AppError } from "../../domain/app-error.ts";
import { type Audio, durationOf } from "../../domain/audio.ts";
import type { VisemeSpan } from "../../domain/face.ts";
import { resample } from "../../media/libav/audio-decoder.ts";
import type { SaidClause } from "../../ports/live-face.ts";
import type { Phoneme } from "../../ports/speech-model.ts";
import type { Portrait } from "../portrait/portrait.ts";
import { wholeFrame } from "../talking/whole-frame.ts";
import { visemesOfPhonemes } from "../visemes/visemes-of-phonemes.ts";
import { visemesOfSound } from "../visemes/visemes-of-sound.ts";
import { createAnswerFace, KEPT_SAMPLES, UNSURE_SECONDS } from "./answer-face.ts";
import { homePose } from "./idle-clip.ts";
import {
  createFragmentWriter,
  createLivePictureEncoder,
  createLiveSoundEncoder,
  type LivePictures,
  SOUND_RATE,
} from "./live-encoder.ts";
import type { LiveWork } from "./live-work.ts";
import { makeFrames } from "./make-frames.ts";
import { withSoftEnds } from "./soft-ends.ts";
import { createTimelineSound } from "./timeline-sound.ts";

/** What an answer is to do next. */
export type AnswerStep =
  | { kind: "say"; audio: Audio; phonemes?: readonly Phoneme[] }
  | { kind: "wait"; seconds: number }
  | { kind: "end" };

/** A portrait's answer, made in the live worker. */
export type Answer = LiveWork & {
  /** Goes on with a step, whose pictures the next turns make. @returns where it came to stand. */
  go(step: AnswerStep): SaidClause;
};

/** From the last sound to the pose of rest; longer than a blink. */
const REST_SECONDS = 0.5;

/**
 * One timeline of picture and sound, both encoded continuously whatever the clauses. It begins with a
 * packet of silence (see `createLiveSoundEncoder`). What is said last is held back for
 * {@link UNSURE_SECONDS}, until it is known what follows it.
 * @param options.seed Makes blinks and small movements its own.
 */
export function createAnswer({
  portrait,
  pictures,
  seed,
}: {
  portrait: Portrait;
  pictures: LivePictures;
  seed: number;
}): Answer {
  const { width, height, fps } = pictures;
  using parts = new DisposableStack();
  const pictureEncoder = parts.use(createLivePictureEncoder(pictures));
  const soundEncoder = parts.use(createLiveSoundEncoder());
  const write = createFragmentWriter();
  const sound = createTimelineSound();
  const face = createAnswerFace({ sound, fps, seed, home: homePose() });
  const frame = wholeFrame(width, height);
  /** Frames so far, and of the whole answer once it has ended. */
  let made = 0;
  let frames: number | undefined;
  const now = () => sound.length() / SOUND_RATE;
  const samplesOf = (count: number) => Math.round((count * SOUND_RATE) / fps);

  function append(
    samples: Float32Array,
    visemesOf: (duration: number) => VisemeSpan[],
  ): SaidClause {
    const start = now();
    const visemes = visemesOf(samples.length / SOUND_RATE).map(({ viseme, ...span }) => ({
      viseme,
      start: start + span.start,
      end: start + span.end,
    }));
    sound.append(samples);
    if (visemes.length > 0) face.hear(visemes);
    return { start, end: now(), visemes };
  }

  function rest(seconds: number): SaidClause {
    const samples = new Float32Array(Math.max(0, Math.round(seconds * SOUND_RATE)));
    return append(samples, (end) => (end > 0 ? [{ viseme: "sil", start: 0, end }] : []));
  }

  function say({ audio, phonemes }: Extract<AnswerStep, { kind: "say" }>): SaidClause {
    if (audio.samples.length === 0) return rest(0);
    const samples = resample(audio.samples, audio.sampleRate, SOUND_RATE);
    const timed = phonemes && phonemes.length > 0;
    return append(withSoftEnds(samples, SOUND_RATE), (duration) => {
      // Rounding to samples may make the sound a little longer or shorter.
      const scale = duration / durationOf(audio);
      const spans = timed ? visemesOfPhonemes(phonemes, durationOf(audio)) : visemesOfSound(audio);
      return spans.map(({ viseme, start, end }) => ({
        viseme,
        start: start * scale,
        end: end * scale,
      }));
    });
  }

  function end(): SaidClause {
    const from = now();
    frames = Math.ceil((from + REST_SECONDS) * fps);
    face.comeHome(from, (frames - 1) / fps);
    // The encoder looks ahead: more silence than is heard, so that nothing of it has to be ended.
    const missing = samplesOf(frames) - soundEncoder.reach(sound.length());
    const said = rest((missing + 2 * soundEncoder.lead) / SOUND_RATE);
    return { ...said, end: frames / fps };
  }

  function ready(): number {
    if (frames !== undefined) return frames;
    const sure = Math.floor((now() - UNSURE_SECONDS) * fps);
    const heard = Math.floor((soundEncoder.reach(sound.length()) * fps) / SOUND_RATE);
    return Math.max(made, Math.min(sure, heard));
  }

  /** The sound beside pictures; the very last packet lasts no longer than they do. */
  function soundUntil(count: number) {
    const samples = soundEncoder.encode(samplesOf(count), sound.slice);
    sound.forget(Math.min(soundEncoder.fed(), sound.length() - KEPT_SAMPLES));
    heardTo += samples.reduce((sum, { duration }) => sum + duration, 0);
    const last = samples.at(-1);
    if (count === frames && last) last.duration -= heardTo - samplesOf(count);
    return samples;
  }
  let heardTo = 0;

  rest(soundEncoder.lead / SOUND_RATE);
  const held = parts.move();
  return {
    go(step) {
      if (frames !== undefined)
        throw new AppError("FACE_FAILED", "the answer has ended: begin another");
      if (step.kind === "say") return say(step);
      return step.kind === "wait" ? rest(step.seconds) : end();
    },
    turn: (handOver, cancelled) =>
      makeFrames({
        made: () => made,
        ready,
        make() {
          const { mouth, pose } = face.at(made++);
          portrait.render(mouth, pose, frame.planes);
          return pictureEncoder.encode(frame.bytes);
        },
        handOver: (samples) => handOver(write(samples, soundUntil(made))),
        cancelled,
      }),
    [Symbol.dispose]: () => held.dispose(),
  };
}
