import { AppError } from "../../domain/app-error.ts";
import type { Fragment } from "../../media/fmp4/fragment.ts";
import { createWorkerPool, type WorkerPool } from "../../workers/worker-pool.ts";
import { asFaceError } from "../talking/talking-request.ts";
import type { LiveResult, LiveTask } from "./live-task.ts";

/** A turn takes a fraction of a second, opening a portrait about one. */
const DEADLINE_MS = 30_000;
/** A child sees between two frames that nobody waits any more: it must not take others' answers with it. */
const CANCEL_GRACE_MS = 5000;
const MEMORY_LIMIT_BYTES = 1536 * 2 ** 20;

export type HostRun = {
  signal?: AbortSignal;
  /** As of worker pools. */
  priority?: number;
  onFragment?: (fragment: Fragment) => void;
};

/** One child process that holds portraits; it starts when first needed. */
export type LiveHost = {
  /** @throws AppError FACE_FAILED, CANCELLED. */
  run(task: LiveTask, options?: HostRun): Promise<LiveResult>;
  /** Keeps the child until it is released, once. */
  hold(): () => void;
  /** How many hold it. */
  holders(): number;
  /** Whether it was told to open the portrait, and has not ended by itself since. */
  knows(portrait: string): boolean;
  /** Resident memory of the child as last told, bytes; 0 without one. */
  memory(): number;
  pids(): number[];
  close(): Promise<void>;
};

/** @param options.unloadAfterMs The child ends when nobody used it for so long. */
export function createLiveHost({ unloadAfterMs }: { unloadAfterMs: number }): LiveHost {
  let pool: WorkerPool<LiveTask, LiveResult> | undefined;
  let holders = 0;
  let running = 0;
  let memoryBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const portraits = new Set<string>();
  const never = new AbortController().signal;

  function unload(): Promise<void> {
    clearTimeout(timer);
    const ended = pool?.close();
    pool = undefined;
    memoryBytes = 0;
    portraits.clear();
    return ended ?? Promise.resolve();
  }

  /** From now on the time without use counts, if there is none. */
  function watchUse(): void {
    clearTimeout(timer);
    if (holders > 0 || running > 0 || !pool) return;
    timer = setTimeout(() => void unload(), unloadAfterMs).unref();
  }

  return {
    async run(task, { signal = never, priority, onFragment } = {}) {
      if (closed) throw new AppError("CANCELLED", "the live faces are closed");
      // No process is started to forget what it does not know.
      if (task.kind === "drop" && !pool?.pids().length) return { kind: "dropped" };
      pool ??= createWorkerPool<LiveTask, LiveResult>({
        name: "live worker",
        module: new URL("./live-worker.ts", import.meta.url),
        size: 1,
        memoryLimitBytes: MEMORY_LIMIT_BYTES,
        deadlineMs: DEADLINE_MS,
      });
      if (task.kind === "open") portraits.add(task.portrait);
      running++;
      watchUse();
      try {
        const result = await pool.run(task, {
          signal,
          cancelGraceMs: CANCEL_GRACE_MS,
          ...(priority !== undefined && { priority }),
          // The worker hands over nothing else.
          ...(onFragment && { onPart: (part) => onFragment(part as Fragment) }),
        });
        if (result.kind === "turned") memoryBytes = result.memoryBytes;
        return result;
      } catch (thrown) {
        throw asFaceError(thrown);
      } finally {
        running--;
        watchUse();
      }
    },
    hold() {
      holders++;
      watchUse();
      let held = true;
      return () => {
        if (held) holders--;
        held = false;
        watchUse();
      };
    },
    holders: () => holders,
    knows: (portrait) => portraits.has(portrait),
    memory: () => memoryBytes,
    pids: () => pool?.pids() ?? [],
    close() {
      closed = true;
      return unload();
    },
  };
}
