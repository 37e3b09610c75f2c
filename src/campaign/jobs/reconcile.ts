import { remaining } from "../../domain/job.ts";
import { needsGpu } from "../lip-sync-choice.ts";
import { chunkSize } from "./chunk-size.ts";
import { storedOptions } from "./job-plan.ts";
import { compileTask, deliverTask, finishTask, prepareTask, renderTask } from "./job-tasks.ts";
import type { ServiceDependencies } from "./service-dependencies.ts";

type Dependencies = Pick<
  ServiceDependencies,
  "jobs" | "bases" | "webhooks" | "queue" | "metrics" | "policy"
>;

const DELIVERIES_AT_ONCE = 500;
/** Of the queue: one chunk at a time, whose rows take the devices in turn. */
export const GPU_LIMIT = "gpu";

/**
 * Enqueues whatever should happen next, as far as it is not on its way already: a process that died
 * between noting something and enqueuing what follows loses nothing. To be called from time to time.
 */
export async function reconcile(dependencies: Dependencies): Promise<void> {
  const { jobs, bases, queue } = dependencies;
  for (const { id: jobId, round, state } of await jobs.unfinished()) {
    if (state === "queued") await queue.enqueue([prepareTask({ jobId, round })]);
    else if (!(await queue.holds(jobId))) await enqueueWhatFollows(dependencies, { jobId, round });
  }
  await queue.enqueue((await bases.queued()).map(compileTask));
  await enqueueDeliveries(dependencies);
}

/** Brings what webhooks are still to be told on its way. */
export async function enqueueDeliveries({
  webhooks,
  queue,
}: Pick<Dependencies, "webhooks" | "queue">): Promise<void> {
  const pending = await webhooks.pending(DELIVERIES_AT_ONCE);
  if (pending.length > 0) await queue.enqueue(pending.map(deliverTask));
}

/** Enqueues what is left to do for a running job: its chunks, or its end. */
export async function enqueueWhatFollows(
  dependencies: Pick<Dependencies, "jobs" | "queue" | "metrics" | "policy">,
  { jobId, round }: { jobId: string; round: number },
): Promise<void> {
  const { jobs, queue } = dependencies;
  const job = await jobs.find(null, jobId);
  if (job?.state !== "running" || job.round !== round) return;
  if (remaining(job.progress) === 0) return queue.enqueue([finishTask({ jobId, round })]);
  const options = storedOptions(job.options);
  const chunks = await jobs.chunks(jobId, await chunkSize(dependencies, options));
  const onGpu = needsGpu(options, dependencies.policy.lipSync);
  const kind = onGpu ? "render-gpu" : "render";
  const name = onGpu ? GPU_LIMIT : `speech:${options.ttsProvider}`;
  await queue.enqueue(
    chunks.map(({ first, last, rows }) =>
      renderTask({ jobId, round, first, last }, kind, { name, cost: rows }),
    ),
  );
}
