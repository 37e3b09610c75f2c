import { randomUUID } from "node:crypto";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../../domain/app-error.ts";
import { durationOf } from "../../domain/audio.ts";
import { diskError } from "../../domain/disk-error.ts";
import type { Picture } from "../../domain/face.ts";
import type { FaceFinder } from "../../ports/face-finder.ts";
import type { PortraitAnimator, TalkingRequest } from "../../ports/portrait-animator.ts";
import { createWorkerPool } from "../../workers/worker-pool.ts";
import { drawAvatar } from "../avatar/draw-avatar.ts";
import { chooseFace } from "../talking/choose-face.ts";
import { facesAt } from "../talking/faces-at.ts";
import { fitFace } from "../talking/fit-face.ts";
import type { PortraitProgress } from "../talking/portrait-task.ts";
import { asFaceError, checkTalkingRequest, visemesOf } from "../talking/talking-request.ts";
import type { FileEngine } from "./file-engine.ts";
import { pngFile } from "./png-file.ts";
import type { PortraitFileResult, PortraitFileTask } from "./portrait-file-task.ts";

/** Longer sides of pictures are read at no more than this, pixels. */
const READ_SIDE = 2048;
/** For 30 minutes of speech. */
const DEADLINE_MS = 3600_000;
const MEMORY_LIMIT_BYTES = 1536 * 2 ** 20;

export type FilePortraitAnimatorOptions = {
  /** One that takes pictures. */
  engine: FileEngine;
  /** It is not closed with the animator. */
  faces: FaceFinder;
  /** Where temporary files go; the system's folder for them when left out. */
  workFolder?: string;
};

/**
 * Makes portraits talk with an operator's engine. Pictures are read, chosen and cut as the embedded
 * animator does it; the engine's video is coded again at the size and rate asked for.
 * @throws AppError INVALID_OPTION for an engine that takes no picture.
 */
export function createFilePortraitAnimator({
  engine,
  faces,
  workFolder = tmpdir(),
}: FilePortraitAnimatorOptions): PortraitAnimator & { pids(): number[] } {
  if (!engine.takes.includes("picture")) {
    const message = `${engine.name} makes no portrait talk, it starts from a video: choose another provider`;
    throw new AppError("INVALID_OPTION", message);
  }
  const pool = createWorkerPool<PortraitFileTask, PortraitFileResult>({
    name: "portrait worker",
    module: new URL("./portrait-file-worker.ts", import.meta.url),
    size: 1,
    memoryLimitBytes: MEMORY_LIMIT_BYTES,
    deadlineMs: DEADLINE_MS,
  });

  async function pictureOf(request: TalkingRequest, signal: AbortSignal) {
    const { image, face: place, size, crop } = request;
    if (image === null) return drawAvatar(size).picture;
    const task = { kind: "read" as const, file: image, maxSide: READ_SIDE };
    const picture = (await pool.run(task, { signal, quarantineKey: image })) as Picture; // what "read" answers
    const found = await faces.find(picture, { signal });
    const face = chooseFace(place ? facesAt(place, { faces: found, picture }) : found, image);
    return fitFace(picture, face.landmarks, { size, crop }).picture;
  }

  async function animateIn(
    folder: string,
    request: TalkingRequest,
    { signal, onFrame }: Parameters<PortraitAnimator["animate"]>[1],
  ) {
    const { audio, fps, out } = request;
    const picture = await pictureOf(request, signal);
    const seconds = durationOf(audio);
    const [face, sound, made] = ["face.png", "sound.wav", "result.mp4"].map((name) =>
      join(folder, name),
    ) as [string, string, string]; // as many as names
    await writeFile(face, pngFile(picture)).catch((cause: unknown) => {
      throw diskError(cause, face);
    });
    await pool.run({ kind: "sound", audio, file: sound }, { signal });
    const speech = { start: 0, end: seconds };
    await engine.run({ folder, face, audio: sound, out: made, seconds, fps, speech }, { signal });
    const { width, height } = picture;
    const frames = Math.max(1, Math.ceil(seconds * fps));
    const part = `${out}.${randomUUID()}.part`;
    try {
      await pool.run(
        {
          ...{ kind: "finish", file: made, count: frames, frameSeconds: 1 / fps },
          ...{ width, height, fps, audio, out: part },
        },
        {
          signal,
          onPart: (told) => {
            const { made: done, all } = told as PortraitProgress; // what the worker hands over
            onFrame?.(done, all);
          },
        },
      );
      await rename(part, out).catch((cause: unknown) => {
        throw diskError(cause, out);
      });
    } finally {
      await rm(part, { force: true });
    }
    const visemes = visemesOf(request);
    return { duration: frames / fps, frames, width, height, visemes, warnings: [] };
  }

  return {
    pids: () => pool.pids(),
    async animate(request, options) {
      checkTalkingRequest(request);
      const folder = await mkdtemp(join(workFolder, "vocative-face-")).catch((cause: unknown) => {
        throw diskError(cause, workFolder);
      });
      try {
        return await animateIn(folder, request, options);
      } catch (thrown) {
        throw asFaceError(thrown);
      } finally {
        await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      }
    },
    close: () => pool.close(),
  };
}
