import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { LeasedTask, TaskQueue } from "../ports/task-queue.ts";
import { type HeldLease, holdLease } from "./hold-lease.ts";
import { type Ending, type Outcome, settleTask, type TaskHandler } from "./settle-task.ts";
import { systemTimers, type Timers } from "./timers.ts";

export type TaskWorkerOptions = {
  queue: TaskQueue;
  /** By the kind of task; other kinds are left to other workers. */
  handlers: Record<string, TaskHandler>;
  /** Tasks at a time. */
  concurrency: number;
  /** One name per process, such as `ownerName()`. */
  owner: string;
  clock: Clock;
  logger: Logger;
  /** A worker that dies or hangs keeps its tasks from others for so long; 30 s when left out. */
  leaseMs?: number;
  /** How often to look for work that other processes enqueued or that was to wait; 500 ms. */
  pollMs?: number;
  timers?: Timers;
  /** From 0 to 1, for the jitter of waits. */
  random?: () => number;
  onSettled?: (settled: Settled) => void;
};

export type Settled = {
  task: LeasedTask;
  outcome: Outcome;
  /** How long it ran, ms. */
  tookMs: number;
  /** What the handler threw; undefined when it did not. */
  error: unknown;
};

export type TaskWorker = {
  start(): void;
  /** Looks for work at once. */
  wake(): void;
  /** Tasks under work. */
  running(): number;
  /**
   * Takes no more work and waits for what runs; what runs longer than `graceMs` is aborted and handed
   * back without counting as an attempt. Resolves when nothing runs.
   */
  drain(options: { graceMs: number }): Promise<void>;
};

const LEASE_MS = 30_000;
const POLL_MS = 500;
/** How often an answer to the queue is tried again; after that the lease runs out by itself. */
const SETTLE_RETRIES = 5;
const SETTLE_RETRY_MS = 200;

/** Does tasks of a queue, as many at a time as it may, until it is drained. */
export function createTaskWorker({
  leaseMs = LEASE_MS,
  pollMs = POLL_MS,
  timers = systemTimers,
  random = Math.random,
  ...options
}: TaskWorkerOptions): TaskWorker {
  const { queue, handlers, concurrency, owner, clock, logger, onSettled } = options;
  const kinds = Object.keys(handlers);
  const leases = new Set<HeldLease>();
  const idle: (() => void)[] = [];
  let isDraining = false;
  let isClaiming = false;
  let isWoken = false;
  let stopListening = () => {};
  let stopPolling = () => {};

  /** Claims as long as there are free places and work; at most one such loop runs. */
  async function fill(): Promise<void> {
    isWoken = true;
    if (isClaiming) return;
    isClaiming = true;
    stopPolling();
    while (isWoken && !isDraining && leases.size < concurrency) {
      isWoken = false;
      const tasks = await claim(concurrency - leases.size);
      for (const task of tasks) void work(task);
      if (tasks.length > 0) isWoken = true;
    }
    isClaiming = false;
    if (isDraining) tellWhenIdle();
    else stopPolling = timers.after(pollMs, () => void fill());
  }

  async function claim(count: number): Promise<LeasedTask[]> {
    try {
      return await queue.claim({ kinds, count, owner, leaseMs });
    } catch (error) {
      logger.warn({ error }, "no tasks could be claimed yet");
      return [];
    }
  }

  async function work(task: LeasedTask): Promise<void> {
    const handler = handlers[task.kind];
    if (!handler) return; // never: only kinds with a handler are claimed
    const lease = holdLease(task, { queue, leaseMs, timers, logger });
    leases.add(lease);
    const began = clock();
    // Claimed while a drain began: handed back unbegun.
    if (isDraining) lease.stop("drained");
    const thrown = await run(task, handler, lease.signal);
    const outcome = await settle({ task, handler, thrown, stopped: lease.stopped() });
    lease.end();
    leases.delete(lease);
    if (thrown && outcome !== "returned" && outcome !== "cancelled") {
      logger.warn({ task: task.key, outcome, error: thrown.error }, "a task was not done");
    }
    try {
      onSettled?.({ task, outcome, tookMs: clock() - began, error: thrown?.error });
    } catch (error) {
      logger.error({ error }, "a listener to settled tasks failed");
    }
    tellWhenIdle();
    if (!isDraining) void fill();
  }

  async function settle(ending: Ending): Promise<Outcome> {
    for (let retries = 0; ; retries++) {
      try {
        return await settleTask(ending, { queue, leaseMs, clock, random, logger });
      } catch (error) {
        const task = ending.task.key;
        if (retries === SETTLE_RETRIES) {
          logger.error({ task, error }, "the queue could not be told how a task ended");
          return "lost";
        }
        logger.warn({ task, error }, "the queue could not be told yet how a task ended");
        const waitMs = SETTLE_RETRY_MS * 2 ** retries;
        await new Promise<void>((resolve) => timers.after(waitMs, resolve));
      }
    }
  }

  function tellWhenIdle(): void {
    if (isDraining && !isClaiming && leases.size === 0) for (const tell of idle.splice(0)) tell();
  }

  return {
    start() {
      stopListening();
      stopListening = queue.onEnqueued(() => void fill());
      void fill();
    },
    wake: () => void fill(),
    running: () => leases.size,
    async drain({ graceMs }) {
      isDraining = true;
      stopListening();
      stopPolling();
      const ended = new Promise<void>((resolve) => idle.push(resolve));
      const stopTimer = timers.after(graceMs, () => {
        for (const lease of leases) lease.stop("drained");
      });
      tellWhenIdle();
      await ended;
      stopTimer();
    },
  };
}

async function run(
  task: LeasedTask,
  handler: TaskHandler,
  signal: AbortSignal,
): Promise<Ending["thrown"]> {
  try {
    signal.throwIfAborted();
    await handler.run(task, { signal });
    return undefined;
  } catch (error) {
    return { error };
  }
}
