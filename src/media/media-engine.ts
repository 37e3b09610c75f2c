import { access } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { AppError } from "../domain/app-error.ts";
import type { MediaEngine } from "../ports/media-engine.ts";
import { createWorkerPool, type RunOptions, type WorkerPoolStats } from "../workers/worker-pool.ts";
import type { MediaTask, MediaTasks } from "./media-task.ts";

export type MediaEngineOptions = {
  /** Worker processes; as many as the machine has cores when left out. */
  workers?: number;
  /** Resident memory at which a worker is ended, bytes. */
  memoryLimitBytes?: number;
  /** For work on one recipient or an index, milliseconds. */
  deadlineMs?: number;
  /** For work on a whole base, such as a conversion, milliseconds. */
  longDeadlineMs?: number;
};

const DEFAULT_MEMORY_LIMIT = 1536 * 2 ** 20;
const DEFAULT_DEADLINE_MS = 60_000;
const DEFAULT_LONG_DEADLINE_MS = 4 * 3600_000;

export type PooledMediaEngine = MediaEngine & {
  stats(): WorkerPoolStats;
  /** Process ids of the living workers. */
  pids(): number[];
};

/** The media engine on libav (FFmpeg 8.1 through node-av), in child processes. */
export function createMediaEngine(options: MediaEngineOptions = {}): PooledMediaEngine {
  const pool = createWorkerPool<MediaTask, unknown>({
    name: "media worker",
    module: new URL("./media-worker.ts", import.meta.url),
    size: options.workers ?? availableParallelism(),
    memoryLimitBytes: options.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT,
    deadlineMs: options.deadlineMs ?? DEFAULT_DEADLINE_MS,
  });
  const longDeadlineMs = options.longDeadlineMs ?? DEFAULT_LONG_DEADLINE_MS;

  async function run<Kind extends keyof MediaTasks>(
    kind: Kind,
    request: MediaTasks[Kind]["request"],
    runOptions: RunOptions,
  ): Promise<MediaTasks[Kind]["result"]> {
    // A worker answers a task of a kind with that kind's result.
    const task = { kind, ...request } as MediaTask;
    return (await pool.run(task, runOptions)) as MediaTasks[Kind]["result"];
  }

  return {
    async probe(file, { signal }) {
      await requireFile(file);
      return run("probe", { path: file }, { signal, quarantineKey: path.basename(file) });
    },
    async decodeAudio(file, { signal }) {
      await requireFile(file);
      return run("decodeAudio", { path: file }, { signal });
    },
    async analyse(file, request, { signal }) {
      await requireFile(file);
      return run(
        "analyse",
        { path: file, ...request },
        { signal, deadlineMs: longDeadlineMs, quarantineKey: path.basename(file) },
      );
    },
    async compile(request, { signal }) {
      await requireFile(request.base);
      return run("compile", request, {
        signal,
        deadlineMs: longDeadlineMs,
        quarantineKey: path.basename(request.base),
      });
    },
    render: (request, { signal }) => run("render", request, { signal }),
    async convert(request, { signal }) {
      await requireFile(request.input);
      return run("convert", request, {
        signal,
        deadlineMs: longDeadlineMs,
        quarantineKey: path.basename(request.input),
      });
    },
    stats: () => pool.stats(),
    pids: () => pool.pids(),
    close: () => pool.close(),
  };
}

async function requireFile(file: string): Promise<void> {
  await access(file).catch((cause: unknown) => {
    throw new AppError("FILE_NOT_FOUND", `there is no file ${file}: check the path`, { cause });
  });
}
