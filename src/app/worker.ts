import { availableParallelism } from "node:os";
import type { Environment } from "../config/environment.ts";
import { toAppError } from "../domain/app-error.ts";
import type { Logger } from "../ports/logger.ts";
import { createTaskWorker } from "../queue/task-worker.ts";
import { isOwnerAlive, ownerName } from "../workers/process-identity.ts";
import { openService } from "./service.ts";

/** Chunks worked on at once: one is stored while the next is rendered. */
const TASKS_AT_ONCE = 2;
const RECONCILE_EVERY_MS = 10_000;
const RETAIN_EVERY_MS = 3600_000;

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
}): Promise<RunningWorker> {
  const { environment, logger } = setup;
  const media = environment.mediaWorkers ?? availableParallelism();
  const service = await openService({ environment, logger, mediaWorkers: media });
  const { queue } = service;
  for (const [name, limit] of environment.speechLimits) await queue.setLimit(name, limit);
  const worker = createTaskWorker({
    queue,
    // Two rows in flight per media worker keep it busy while another is spoken or stored.
    handlers: service.handlers(2 * media),
    concurrency: TASKS_AT_ONCE,
    owner: ownerName(),
    clock: Date.now,
    logger,
  });
  worker.start();
  const tend = async () => {
    await queue.reclaim(isOwnerAlive);
    await service.reconcile();
  };
  const timers = [
    repeatedly(RECONCILE_EVERY_MS, tend, logger),
    repeatedly(RETAIN_EVERY_MS, service.retain, logger),
  ];
  return {
    wake: () => worker.wake(),
    async stop(graceMs) {
      for (const stop of timers) stop();
      await worker.drain({ graceMs });
      await service.close();
    },
  };
}

/** Does `work` now and then every `ms`, never twice at a time; what fails is logged. */
export function repeatedly(ms: number, work: () => Promise<unknown>, logger: Logger): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const round = async (): Promise<void> => {
    await work().catch((thrown: unknown) => {
      logger.error({ error: toAppError(thrown).message }, "housekeeping failed; it is tried again");
    });
    if (!stopped) timer = setTimeout(() => void round(), ms);
    timer?.unref();
  };
  void round();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
