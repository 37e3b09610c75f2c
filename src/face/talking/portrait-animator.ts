import { randomUUID } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { AppError, toAppError } from "../../domain/app-error.ts";
import { durationOf } from "../../domain/audio.ts";
import { diskError } from "../../domain/disk-error.ts";
import type { Picture, VisemeSpan } from "../../domain/face.ts";
import type { FaceFinder } from "../../ports/face-finder.ts";
import type { PortraitAnimator, TalkingRequest } from "../../ports/portrait-animator.ts";
import { createWorkerPool } from "../../workers/worker-pool.ts";
import { drawAvatar } from "../avatar/draw-avatar.ts";
import { visemesOfPhonemes } from "../visemes/visemes-of-phonemes.ts";
import { visemesOfSound } from "../visemes/visemes-of-sound.ts";
import { chooseFace } from "./choose-face.ts";
import { fitFace } from "./fit-face.ts";
import type { PortraitProgress, PortraitTask, TalkResult } from "./portrait-task.ts";

/** Longer sides of pictures are read at no more than this, pixels. */
const READ_SIDE = 2048;
/** For 30 minutes of speech. */
const DEADLINE_MS = 3600_000;
const MEMORY_LIMIT_BYTES = 1536 * 2 ** 20;
const LIMITS = { fps: [15, 60], size: [128, 2048], seconds: 1800 } as const;
/** The avatar's own blinks and glances. */
const SEED = 20_251;

export type PortraitAnimatorOptions = {
  /** It is not closed with the animator. */
  faces: FaceFinder;
  /** Videos made at a time; 1 when left out. */
  pool?: number;
};

/** Makes portraits talk offline, without model weights of its own, in child processes. */
export function createPortraitAnimator({
  faces,
  pool: size = 1,
}: PortraitAnimatorOptions): PortraitAnimator & { pids(): number[] } {
  const pool = createWorkerPool<PortraitTask, Picture | TalkResult>({
    name: "portrait worker",
    module: new URL("./portrait-worker.ts", import.meta.url),
    size,
    memoryLimitBytes: MEMORY_LIMIT_BYTES,
    deadlineMs: DEADLINE_MS,
  });

  async function portraitOf({ image, size: side, crop }: TalkingRequest, signal: AbortSignal) {
    if (image === null) return drawAvatar(side);
    const task = { kind: "read" as const, file: image, maxSide: READ_SIDE };
    const picture = (await pool.run(task, { signal, quarantineKey: image })) as Picture; // what "read" answers
    const face = chooseFace(await faces.find(picture, { signal }), image);
    return fitFace(picture, face.landmarks, { size: side, crop });
  }

  return {
    pids: () => pool.pids(),
    async animate(request, { signal, onFrame }) {
      checkRequest(request);
      const { audio, fps, out } = request;
      const { picture, landmarks } = await portraitOf(request, signal);
      const visemes = visemesOf(request);
      const part = `${out}.${randomUUID()}.part`;
      try {
        const task = { picture, landmarks, audio, visemes, fps, seed: SEED, out: part };
        const { frames } = (await pool.run(
          { kind: "talk", ...task },
          {
            signal,
            onPart: (told) => {
              const { made, all } = told as PortraitProgress; // what the worker hands over
              onFrame?.(made, all);
            },
          },
        )) as TalkResult; // what "talk" answers
        await rename(part, out).catch((cause: unknown) => {
          throw diskError(cause, out);
        });
        const { width, height } = picture;
        return { duration: frames / fps, frames, width, height, visemes, warnings: [] };
      } catch (thrown) {
        await rm(part, { force: true }).catch(() => {});
        throw asFaceError(thrown);
      }
    },
    close: () => pool.close(),
  };
}

function visemesOf({ audio, phonemes }: TalkingRequest): VisemeSpan[] {
  const timed = phonemes && phonemes.length > 0;
  return timed ? visemesOfPhonemes(phonemes, durationOf(audio)) : visemesOfSound(audio);
}

function checkRequest({ audio, fps, size }: TalkingRequest): void {
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
function asFaceError(thrown: unknown): AppError {
  const error = toAppError(thrown);
  if (!error.code.startsWith("WORKER_")) return error;
  return new AppError("FACE_FAILED", error.message, { retryable: true, cause: error });
}
