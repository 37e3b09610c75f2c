import path from "node:path";
import { AppError, toAppError } from "../../domain/app-error.ts";
import { createRecentPromises } from "../../domain/recent.ts";
import type { PictureStretch, Template } from "../../domain/template.ts";
import type { FaceFinder } from "../../ports/face-finder.ts";
import type { LipSync } from "../../ports/lip-sync.ts";
import { createWorkerPool } from "../../workers/worker-pool.ts";
import type { LipSyncResult, LipSyncTask, LookTask, Seen } from "./lip-sync-task.ts";
import { newPictures } from "./new-pictures.ts";
import { readStudy, writeStudy } from "./study-file.ts";
import { type StretchStudy, studyStretch } from "./study-stretch.ts";

/** Of a stretch in 4K: its pictures and what is made of them. */
const MEMORY_LIMIT_BYTES = 2560 * 2 ** 20;
const DEADLINE_MS = 300_000;
/** Stretches whose study is at hand. */
const STUDIES_AT_HAND = 32;
/** Raised whenever the same request would give other pictures. */
const VERSION = 1;

export type MouthLipSyncOptions = {
  /** It is not closed with the provider. */
  faces: FaceFinder;
  /** Stretches worked on at once; 1 when left out. */
  pool?: number;
  /** Whose mouth moves where there are several faces: nearest to this point, in shares of the picture. */
  at?: { x: number; y: number } | null;
};

/** Moves the speaker's own mouth, offline and without weights, in child processes. */
export function createMouthLipSync({
  faces,
  pool: size = 1,
  at = null,
}: MouthLipSyncOptions): LipSync & { pids(): number[] } {
  const pool = createWorkerPool<LipSyncTask, LipSyncResult>({
    name: "lip-sync worker",
    module: new URL("./lip-sync-worker.ts", import.meta.url),
    size,
    memoryLimitBytes: MEMORY_LIMIT_BYTES,
    deadlineMs: DEADLINE_MS,
  });
  const studies = createRecentPromises<StretchStudy>(STUDIES_AT_HAND);
  const suffix = at ? `-${at.x}-${at.y}` : "";

  async function run(task: LipSyncTask, signal: AbortSignal): Promise<LipSyncResult> {
    try {
      return await pool.run(task, { signal, quarantineKey: task.file });
    } catch (thrown) {
      throw asFaceError(thrown);
    }
  }

  function studyOf(template: Template, index: number, signal: AbortSignal): Promise<StretchStudy> {
    const stretch = stretchOf(template, index);
    const kept = path.join(template.folder, `${stretch.file}.face${suffix}.json`);
    return studies.get(kept, async () => {
      const known = await readStudy(kept);
      if (known) return known;
      const study = await studyStretch({
        file: path.join(template.folder, stretch.file),
        stretch,
        at,
        look: async (task: LookTask) => (await run(task, signal)) as Seen[], // what "look" answers
        faces,
        signal,
      });
      await writeStudy(kept, study);
      return study;
    });
  }

  return {
    provider: "mouth",
    cacheKey: `mouth ${VERSION}${suffix}`,
    pids: () => pool.pids(),
    async animate(request, { signal }) {
      const { template, stretch: index } = request;
      const stretch = stretchOf(template, index);
      const study = await studyOf(template, index, signal);
      if (study.kind === "refused") throw new AppError("FACE_UNSUITABLE", study.message);
      const made = await run(
        {
          kind: "make",
          file: path.join(template.folder, stretch.file),
          faces: study.faces,
          wanted: newPictures(request),
          cuts: stretch.cuts,
          maxBytes: stretch.maxBytes,
        },
        signal,
      );
      return made as Uint8Array[]; // what "make" answers
    },
    close: () => pool.close(),
  };
}

function stretchOf({ stretches }: Template, index: number): PictureStretch {
  const stretch = stretches[index];
  if (!stretch) throw new AppError("INTERNAL", `the template has no stretch ${index}`);
  return stretch;
}

/** The pool's own failures in the words of the port. */
function asFaceError(thrown: unknown): AppError {
  const error = toAppError(thrown);
  if (!error.code.startsWith("WORKER_")) return error;
  return new AppError("FACE_FAILED", error.message, { retryable: true, cause: error });
}
