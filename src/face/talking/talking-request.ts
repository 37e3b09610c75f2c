import { AppError, toAppError } from "../../domain/app-error.ts";
import { durationOf } from "../../domain/audio.ts";
import type { VisemeSpan } from "../../domain/face.ts";
import type { TalkingRequest } from "../../ports/portrait-animator.ts";
import { visemesOfPhonemes } from "../visemes/visemes-of-phonemes.ts";
import { visemesOfSound } from "../visemes/visemes-of-sound.ts";

const LIMITS = { fps: [15, 60], size: [128, 2048], seconds: 1800 } as const;

/** What the mouth does: by the voice's own times where it tells them, else by the sound. */
export function visemesOf({ audio, phonemes }: TalkingRequest): VisemeSpan[] {
  const timed = phonemes && phonemes.length > 0;
  return timed ? visemesOfPhonemes(phonemes, durationOf(audio)) : visemesOfSound(audio);
}

/** @throws AppError INVALID_OPTION for a frame rate, a size or a length that is not allowed. */
export function checkTalkingRequest({ audio, fps, size }: TalkingRequest): void {
  const [leastFps, mostFps] = LIMITS.fps;
  if (!Number.isInteger(fps) || fps < leastFps || fps > mostFps) {
    throw new AppError(
      "INVALID_OPTION",
      `fps ${fps} is not allowed: give ${leastFps} to ${mostFps}`,
    );
  }
  const [leastSize, mostSize] = LIMITS.size;
  if (!(size >= leastSize && size <= mostSize && size % 2 === 0)) {
    throw new AppError(
      "INVALID_OPTION",
      `size ${size} is not allowed: give an even number from ${leastSize} to ${mostSize}`,
    );
  }
  const seconds = durationOf(audio);
  if (!(seconds > 0 && seconds <= LIMITS.seconds)) {
    throw new AppError(
      "INVALID_OPTION",
      `the audio lasts ${Number(seconds.toFixed(1))} s: give something of up to ${LIMITS.seconds} s`,
    );
  }
}

/** The pool's own failures in the words of the port. */
export function asFaceError(thrown: unknown): AppError {
  const error = toAppError(thrown);
  if (!error.code.startsWith("WORKER_")) return error;
  return new AppError("FACE_FAILED", error.message, { retryable: true, cause: error });
}
