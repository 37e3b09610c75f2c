import { type AppError, toAppError } from "../domain/app-error.ts";
import { isRetryLater } from "../domain/retry-later.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { LeasedTask, TaskQueue } from "../ports/task-queue.ts";
import { backOffMs, mayPass } from "./back-off.ts";
import type { StopReason } from "./hold-lease.ts";

/** How one kind of task is done. */
export type TaskHandler = {
  /** Resolves when the work is done and kept. What it throws decides whether it is tried again. */
  run(task: LeasedTask, context: { signal: AbortSignal }): Promise<void>;
  /** After the last attempt. When it throws, the task is tried once more later. */
  giveUp?(task: LeasedTask, error: AppError): Promise<void>;
  /** 5 when left out. */
  maxAttempts?: number;
};

/**
 * What became of a lease: done; `retried` after a failure that counts; `postponed` because it came
 * too early; `failed` for good; handed back because the worker ends (`returned`); not this worker's
 * any more (`lost`); not wanted any more (`cancelled`).
 */
export type Outcome =
  | "done"
  | "retried"
  | "postponed"
  | "failed"
  | "returned"
  | "lost"
  | "cancelled";

/** How a handler ended. */
export type Ending = {
  task: LeasedTask;
  handler: TaskHandler;
  /** Undefined when it did not throw. */
  thrown: { error: unknown } | undefined;
  /** Why it was told to stop; null when it was not. */
  stopped: StopReason | null;
};

const MAX_ATTEMPTS = 5;

/**
 * Tells the queue how a task ended.
 * @throws what the queue throws; then it may be called again.
 */
export async function settleTask(
  { task, handler, thrown, stopped }: Ending,
  {
    queue,
    leaseMs,
    clock,
    random,
    logger,
  }: {
    queue: TaskQueue;
    leaseMs: number;
    clock: Clock;
    random: () => number;
    logger: Logger;
  },
): Promise<Outcome> {
  const unlessLost = (isHeld: boolean, outcome: Outcome): Outcome => (isHeld ? outcome : "lost");
  const handBack = (notBefore: number, counts: boolean) =>
    queue.release(task, { notBefore, counts });
  const tryLater = async (): Promise<Outcome> => {
    const waitMs = backOffMs(task.attempts + 1, random());
    return unlessLost(await handBack(clock() + waitMs, true), "retried");
  };

  if (stopped === "lost") return "lost";
  // The queue forgets a cancelled task when it is handed back.
  if (stopped === "cancelled") return unlessLost(await handBack(clock(), false), "cancelled");
  if (!thrown) return unlessLost(await queue.complete(task), "done");
  if (stopped === "drained") return unlessLost(await handBack(clock(), false), "returned");
  if (isRetryLater(thrown.error)) {
    const { limit, notBefore } = thrown.error;
    if (limit !== null) await queue.pause(limit, notBefore);
    return unlessLost(await handBack(notBefore, false), "postponed");
  }
  const error = toAppError(thrown.error);
  const isLastAttempt = task.attempts + 1 >= (handler.maxAttempts ?? MAX_ATTEMPTS);
  if (mayPass(error) && !isLastAttempt) return tryLater();
  // Who has lost the task or is not wanted has no say in whether it failed for good.
  const state = await queue.renew(task, leaseMs);
  if (state === "lost") return "lost";
  if (state === "cancelled") return unlessLost(await handBack(clock(), false), "cancelled");
  try {
    await handler.giveUp?.(task, error);
  } catch (failure) {
    logger.error({ task: task.key, error: failure }, "a task could not be given up yet");
    return tryLater();
  }
  return unlessLost(await queue.bury(task, `${error.code}: ${error.message}`), "failed");
}
