import { access, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { AppError, type ErrorCode, toAppError } from "../domain/app-error.ts";
import type { MediaCallOptions, MediaEngine } from "../ports/media-engine.ts";
import { createWorkerPool, type RunOptions, type WorkerPoolStats } from "../workers/worker-pool.ts";
import { DEFAULT_MEDIA_LIMITS, type MediaLimits } from "./media-limits.ts";
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
  /** What probing lets pass; they replace the defaults one by one. */
  limits?: Partial<MediaLimits>;
  /** How long a file that ended its worker twice is refused, milliseconds; 1 h when left out. */
  quarantineMs?: number;
  /** Milliseconds since any moment, for the quarantine. */
  clock?: () => number;
};

const DEFAULT_MEMORY_LIMIT = 1536 * 2 ** 20;
const DEFAULT_DEADLINE_MS = 60_000;
const DEFAULT_LONG_DEADLINE_MS = 4 * 3600_000;
const DEFAULT_POSTER_SIDE = 640;

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
    ...(options.quarantineMs !== undefined && { quarantineMs: options.quarantineMs }),
    ...(options.clock && { clock: options.clock }),
  });
  const limits = { ...DEFAULT_MEDIA_LIMITS, ...options.limits };
  const long = { deadlineMs: options.longDeadlineMs ?? DEFAULT_LONG_DEADLINE_MS };

  async function run<Kind extends keyof MediaTasks>(
    kind: Kind,
    request: MediaTasks[Kind]["request"],
    runOptions: RunOptions,
  ): Promise<MediaTasks[Kind]["result"]> {
    // A worker answers a task of a kind with that kind's result.
    const task = { kind, ...request } as MediaTask;
    try {
      return (await pool.run(task, runOptions)) as MediaTasks[Kind]["result"];
    } catch (error) {
      throw runOptions.quarantineKey === undefined ? error : withRemedy(toAppError(error));
    }
  }

  return {
    async probe(file, call) {
      await requireFile(file);
      return run("probe", { path: file, limits }, blaming(file, call));
    },
    async decodeAudio(file, call) {
      await requireFile(file);
      return run("decodeAudio", { path: file }, forPool(call));
    },
    async analyse(file, request, call) {
      await requireFile(file);
      return run("analyse", { path: file, ...request }, { ...blaming(file, call), ...long });
    },
    async locate(file, request, call) {
      await requireFile(file);
      return run("locate", { path: file, ...request }, { ...blaming(file, call), ...long });
    },
    async compile(request, call) {
      await requireFile(request.base);
      try {
        return await run("compile", request, { ...blaming(request.base, call), ...long });
      } catch (error) {
        // A worker that was ended could not tidy up behind itself.
        await rm(request.workFolder, { recursive: true, force: true }).catch(() => {});
        throw error;
      }
    },
    render: (request, call) => run("render", request, forPool(call)),
    async poster(request, call) {
      await requireFile(request.path);
      const task = { maxSide: DEFAULT_POSTER_SIDE, ...request };
      return run("poster", task, blaming(request.path, call));
    },
    async convert(request, call) {
      await requireFile(request.input);
      return run("convert", request, { ...blaming(request.input, call), ...long });
    },
    async transcribe(audio, request, call) {
      const folder = await mkdtemp(path.join(tmpdir(), "vocative-recognise-"));
      try {
        const destination = path.join(folder, "heard.json");
        const subject = `the model ${request.model}`;
        const task = { audio, ...request, destination };
        return await run("recognise", task, { ...long, ...forPool(call), subject });
      } finally {
        await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      }
    },
    stats: () => pool.stats(),
    pids: () => pool.pids(),
    close: () => pool.close(),
  };
}

function forPool({ signal, deadlineMs, priority }: MediaCallOptions): RunOptions {
  return {
    signal,
    ...(deadlineMs !== undefined && { overallDeadlineMs: deadlineMs }),
    ...(priority !== undefined && { priority }),
  };
}

/** For a call whose input may be what ends workers. */
function blaming(file: string, call: MediaCallOptions): RunOptions {
  const quarantineKey = call.contentHash ?? path.resolve(file);
  return { ...forPool(call), quarantineKey, subject: path.resolve(file) };
}

const REMEDIES: Partial<Record<ErrorCode, string>> = {
  WORKER_MEMORY: "export the file again, or allow more with VOCATIVE_MEDIA_MEMORY_MB",
  WORKER_TIMEOUT: "export the file again, or cut it into shorter ones",
  WORKER_CRASHED: "export the file again, or with another program",
};

/** The pool knows which file ended its workers, but not what can be done about it. */
function withRemedy(error: AppError): AppError {
  const remedy = REMEDIES[error.code];
  if (remedy === undefined) return error;
  return new AppError(error.code, `${error.message}: ${remedy}`, { cause: error });
}

async function requireFile(file: string): Promise<void> {
  await access(file).catch((cause: unknown) => {
    throw new AppError("FILE_NOT_FOUND", `there is no file ${file}: check the path`, { cause });
  });
}
