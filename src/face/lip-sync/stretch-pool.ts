import { AppError, toAppError } from "../../domain/app-error.ts";
import { createWorkerPool } from "../../workers/worker-pool.ts";
import type {
  LipSyncResult,
  LipSyncTask,
  LookTask,
  MakeTask,
  ReadTask,
  Seen,
  WriteTask,
  Written,
} from "./lip-sync-task.ts";

/** Of a stretch in 4K: its pictures and what is made of them. */
const MEMORY_LIMIT_BYTES = 2560 * 2 ** 20;
const DEADLINE_MS = 300_000;

/** The child processes that read the pictures of stretches and make new ones. */
export type StretchPool = {
  look(task: LookTask, signal: AbortSignal): Promise<Seen[]>;
  make(task: MakeTask, signal: AbortSignal): Promise<Uint8Array[]>;
  write(task: WriteTask, signal: AbortSignal): Promise<Written>;
  read(task: ReadTask, signal: AbortSignal): Promise<Uint8Array[]>;
  pids(): number[];
  close(): Promise<void>;
};

/** @param size Stretches worked on at once. */
export function createStretchPool(size: number): StretchPool {
  const pool = createWorkerPool<LipSyncTask, LipSyncResult>({
    name: "lip-sync worker",
    module: new URL("./lip-sync-worker.ts", import.meta.url),
    size,
    memoryLimitBytes: MEMORY_LIMIT_BYTES,
    deadlineMs: DEADLINE_MS,
  });
  async function run(task: LipSyncTask, signal: AbortSignal): Promise<LipSyncResult> {
    try {
      return await pool.run(task, { signal, quarantineKey: task.file });
    } catch (thrown) {
      throw asFaceError(thrown);
    }
  }
  // What each kind of task answers.
  return {
    look: (task, signal) => run(task, signal) as Promise<Seen[]>,
    make: (task, signal) => run(task, signal) as Promise<Uint8Array[]>,
    write: (task, signal) => run(task, signal) as Promise<Written>,
    read: (task, signal) => run(task, signal) as Promise<Uint8Array[]>,
    pids: () => pool.pids(),
    close: () => pool.close(),
  };
}

/** The pool's own failures in the words of the port. */
function asFaceError(thrown: unknown): AppError {
  const error = toAppError(thrown);
  if (!error.code.startsWith("WORKER_")) return error;
  return new AppError("FACE_FAILED", error.message, { retryable: true, cause: error });
}
