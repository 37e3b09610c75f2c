import { basename } from "node:path";
import type { Picture } from "../../domain/face.ts";
import type { FaceFinder } from "../../ports/face-finder.ts";
import { createWorkerPool } from "../../workers/worker-pool.ts";
import { chooseFace } from "../talking/choose-face.ts";
import type { StillPortrait } from "./live-task.ts";
import type { PrepareTask } from "./prepare-task.ts";

/** Longer sides of pictures are read at no more than this, pixels. */
const READ_SIDE = 2048;
const DEADLINE_MS = 60_000;
const MEMORY_LIMIT_BYTES = 1024 * 2 ** 20;

/**
 * A picture of `size` around the largest face of a file, or the default avatar, in a process of its own:
 * what a stranger's picture breaks, nobody is talking in.
 * @throws AppError as `PortraitAnimator.animate`, with the pool's own codes.
 */
export async function preparePortrait(
  { image, size }: { image: string | null; size: number },
  { faces, signal }: { faces: FaceFinder; signal: AbortSignal },
): Promise<StillPortrait> {
  const pool = createWorkerPool<PrepareTask, Picture | StillPortrait>({
    name: "portrait worker",
    module: new URL("./prepare-worker.ts", import.meta.url),
    size: 1,
    memoryLimitBytes: MEMORY_LIMIT_BYTES,
    deadlineMs: DEADLINE_MS,
  });
  try {
    if (image === null) {
      return (await pool.run({ kind: "avatar", size }, { signal })) as StillPortrait; // what "avatar" answers
    }
    const reading = { kind: "read" as const, file: image, maxSide: READ_SIDE };
    const picture = (await pool.run(reading, { signal, subject: basename(image) })) as Picture; // what "read" answers
    const { landmarks } = chooseFace(await faces.find(picture, { signal }), image);
    const fitting = { kind: "fit" as const, picture, landmarks, size };
    return (await pool.run(fitting, { signal, subject: basename(image) })) as StillPortrait; // what "fit" answers
  } finally {
    await pool.close();
  }
}
