import { availableParallelism } from "node:os";
import type { JobHandler } from "../campaign/jobs/job-handlers.ts";
import { GPU_LIMIT } from "../campaign/jobs/reconcile.ts";
import type { Environment } from "../config/environment.ts";
import { toAppError } from "../domain/app-error.ts";
import type { Capability } from "../domain/capability.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metric } from "../ports/metric-store.ts";
import { createTaskWorker } from "../queue/task-worker.ts";
import { isOwnerAlive, ownerName } from "../workers/process-identity.ts";
import { openService } from "./service.ts";

/** Chunks worked on at once: one is stored while the next is rendered. */
const TASKS_AT_ONCE = 2;
const RECONCILE_EVERY_MS = 10_000;
/** It looks at every file: a worker that has just started has better things to do. */
const RETAIN_FIRST_MS = 60_000;
const RETAIN_EVERY_MS = 3600_000;

/** The kind of task that needs a graphics processor. */
const GPU_KIND = "render-gpu";

export type RunningWorker = {
  /** There may be something to do. */
  wake(): void;
  /** Ends what is under work within `graceMs`, hands the rest back, and closes everything. */
  stop(graceMs: number): Promise<void>;
};

/** A process that does the data folder's work until it is stopped. */
export async function startWorker(setup: {
  environment: Environment;
  logger: Logger;
  /** What this machine can do; without a graphics processor no work that needs one is taken. */
  capabilities: readonly Capability[];
}): Promise<RunningWorker> {
  const { environment, logger, capabilities } = setup;
  const media = environment.mediaWorkers ?? availableParallelism();
  const service = await openService({ environment, logger, mediaWorkers: media });
  const { queue } = service;
  for (const [name, limit] of environment.speechLimits) await queue.setLimit(name, limit);
  await queue.setLimit(GPU_LIMIT, { concurrency: 1 });
  /** What the database is to count; told now and then. */
  const counted: Metric[] = [];
  const worker = createTaskWorker({
    queue,
    // Two rows in flight per media worker keep it busy while another is spoken or stored.
    handlers: handlersFor(service.handlers(2 * media), capabilities),
    concurrency: TASKS_AT_ONCE,
    owner: ownerName(),
    clock: Date.now,
    logger,
    onSettled: ({ task: { kind }, outcome, tookMs }) => {
      counted.push(
        { name: "vocative_tasks_total", labels: { kind, outcome }, value: 1 },
        { name: "vocative_task_seconds_total", labels: { kind }, value: tookMs / 1000 },
      );
    },
  });
  worker.start();
  let deathsToldOf = 0;
  const tend = async () => {
    const { deaths } = service.mediaStats();
    counted.push({
      name: "vocative_media_worker_deaths_total",
      labels: {},
      value: deaths - deathsToldOf,
    });
    deathsToldOf = deaths;
    await service.database.metrics.add(counted.splice(0));
    await queue.reclaim(isOwnerAlive);
    await service.reconcile();
  };
  const timers = [
    repeatedly(tend, { firstAfterMs: 0, everyMs: RECONCILE_EVERY_MS }, logger),
    repeatedly(service.retain, { firstAfterMs: RETAIN_FIRST_MS, everyMs: RETAIN_EVERY_MS }, logger),
  ];
  return {
    wake: () => worker.wake(),
    async stop(graceMs) {
      for (const stop of timers) stop();
      await worker.drain({ graceMs });
      await service.database.metrics.add(counted);
      await service.close();
    },
  };
}

function handlersFor(
  handlers: Record<string, JobHandler>,
  capabilities: readonly Capability[],
): Record<string, JobHandler> {
  return Object.fromEntries(
    Object.entries(handlers).filter(([kind]) =>
      capabilities.includes(kind === GPU_KIND ? "gpu" : "cpu"),
    ),
  );
}

/** Does `work` again and again, never twice at a time; what fails is logged. Returns how to stop. */
function repeatedly(
  work: () => Promise<unknown>,
  { firstAfterMs, everyMs }: { firstAfterMs: number; everyMs: number },
  logger: Logger,
): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout;
  const round = async (): Promise<void> => {
    await work().catch((thrown: unknown) => {
      const { code, message } = toAppError(thrown);
      logger.error({ code }, `housekeeping failed and is tried again: ${message}`);
    });
    if (!stopped) timer = setTimeout(() => void round(), everyMs);
  };
  timer = setTimeout(() => void round(), firstAfterMs);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
