import { type Audio, durationOf } from "../../domain/audio.ts";
import type { VisemeSpan } from "../../domain/face.ts";
import type { LiveAnswer, LiveFragment } from "../../ports/live-face.ts";
import type { Phoneme } from "../../ports/speech-model.ts";
import { pcm16 } from "./binary-frame.ts";

/** A piece of an answer's media; its times are seconds of the answer's timeline. */
export type AnswerMedia = LiveFragment & {
  kind: "fragment" | "sound";
  /** Hz, of sound; else 0. */
  sampleRate: number;
};

/** Where answers are said: a portrait, or sound alone. */
export type Stage = {
  begin(options: {
    onMedia: (media: AnswerMedia) => void;
  }): Pick<LiveAnswer, "say" | "wait" | "end" | "cancel">;
};

/** What a mouth does during a clause, seconds from its beginning. */
export type VisemesOf = (
  audio: Audio,
  phonemes: readonly Phoneme[] | undefined,
) => VisemeSpan[] | Promise<VisemeSpan[]>;

/** So much sound is one piece; the first one is shorter, so that it is heard the sooner. */
const PIECE_SECONDS = 0.2;
const FIRST_PIECE_SECONDS = 0.06;

/** Sound and visemes, for clients that draw a face themselves: 16-bit PCM, mono, as the voice has it. */
export function createSoundStage({ visemesOf }: { visemesOf: VisemesOf }): Stage {
  return {
    begin({ onMedia }) {
      let time = 0;

      function send({ samples, sampleRate }: Audio): void {
        for (let from = 0; from < samples.length; ) {
          const seconds = time === 0 ? FIRST_PIECE_SECONDS : PIECE_SECONDS;
          const piece = samples.subarray(from, from + Math.round(seconds * sampleRate));
          const duration = piece.length / sampleRate;
          onMedia({ kind: "sound", bytes: pcm16(piece), start: time, duration, sampleRate });
          time += duration;
          from += piece.length;
        }
      }

      return {
        async say({ audio, phonemes }) {
          const start = time;
          const visemes = await visemesOf(audio, phonemes);
          send(audio);
          return {
            start,
            end: start + durationOf(audio),
            visemes: visemes.map((span) => ({
              ...span,
              start: start + span.start,
              end: start + span.end,
            })),
          };
        },
        // A client without sound is silent: only its time goes on.
        async wait(seconds) {
          time += seconds;
        },
        end: async () => time,
        cancel() {},
      };
    },
  };
}
