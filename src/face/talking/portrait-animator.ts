import { randomUUID } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { diskError } from "../../domain/disk-error.ts";
import type { Picture } from "../../domain/face.ts";
import type { FaceFinder } from "../../ports/face-finder.ts";
import type { PortraitAnimator, TalkingRequest } from "../../ports/portrait-animator.ts";
import { createWorkerPool } from "../../workers/worker-pool.ts";
import { drawAvatar } from "../avatar/draw-avatar.ts";
import { chooseFace } from "./choose-face.ts";
import { facesAt } from "./faces-at.ts";
import { fitFace } from "./fit-face.ts";
import type { PortraitProgress, PortraitTask, TalkResult } from "./portrait-task.ts";
import { asFaceError, checkTalkingRequest, visemesOf } from "./talking-request.ts";

/** Longer sides of pictures are read at no more than this, pixels. */
const READ_SIDE = 2048;
/** For 30 minutes of speech. */
const DEADLINE_MS = 3600_000;
const MEMORY_LIMIT_BYTES = 1536 * 2 ** 20;
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

  async function portraitOf(request: TalkingRequest, signal: AbortSignal) {
    const { image, face: place, size: side, crop } = request;
    if (image === null) return drawAvatar(side);
    const task = { kind: "read" as const, file: image, maxSide: READ_SIDE };
    const picture = (await pool.run(task, { signal, quarantineKey: image })) as Picture; // what "read" answers
    const found = await faces.find(picture, { signal });
    const face = chooseFace(place ? facesAt(place, { faces: found, picture }) : found, image);
    return fitFace(picture, face.landmarks, { size: side, crop });
  }

  return {
    pids: () => pool.pids(),
    async animate(request, { signal, onFrame }) {
      checkTalkingRequest(request);
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
