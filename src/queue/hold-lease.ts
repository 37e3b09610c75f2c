import { AppError } from "../domain/app-error.ts";
import type { Logger } from "../ports/logger.ts";
import type { LeasedTask, TaskQueue } from "../ports/task-queue.ts";
import type { Timers } from "./timers.ts";

/** Why a task is stopped: it is another worker's, nobody wants it, or this worker ends. */
export type StopReason = "lost" | "cancelled" | "drained";

const REASONS: Record<StopReason, string> = {
  lost: "it took longer than its lease, and another worker may have it",
  cancelled: "its group was cancelled",
  drained: "the worker ends",
};

export type HeldLease = {
  /** Aborts with an AppError CANCELLED when the task is to stop. */
  signal: AbortSignal;
  /** Why it is to stop; null while it is not. */
  stopped(): StopReason | null;
  stop(reason: StopReason): void;
  /** Renews the lease no more. */
  end(): void;
};

/**
 * Renews the lease of a task every third of its length until it is ended, or known to be lost or
 * cancelled. A renewal that fails is tried again when the next would be due.
 */
export function holdLease(
  task: LeasedTask,
  {
    queue,
    leaseMs,
    timers,
    logger,
  }: { queue: TaskQueue; leaseMs: number; timers: Timers; logger: Logger },
): HeldLease {
  const controller = new AbortController();
  let reason: StopReason | null = null;
  let hasEnded = false;
  let cancelTimer = () => {};

  const stop = (why: StopReason): void => {
    if (reason !== null || hasEnded) return;
    reason = why;
    const text = `the task ${task.key} was stopped: ${REASONS[why]}`;
    controller.abort(new AppError("CANCELLED", text));
  };
  const renewLater = (): void => {
    cancelTimer = timers.after(leaseMs / 3, () => void renew());
  };
  const renew = async (): Promise<void> => {
    const state = await queue.renew(task, leaseMs).catch((error: unknown) => {
      logger.warn({ task: task.key, error }, "a lease could not be renewed yet");
      return "held";
    });
    if (state === "lost" || state === "cancelled") stop(state);
    // A stopped task may take a while to end; its lease is held until then.
    if (!hasEnded && state !== "lost") renewLater();
  };

  renewLater();
  return {
    signal: controller.signal,
    stopped: () => reason,
    stop,
    end() {
      hasEnded = true;
      cancelTimer();
    },
  };
}
