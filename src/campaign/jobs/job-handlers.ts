import type { AppError } from "../../domain/app-error.ts";
import { remaining } from "../../domain/job.ts";
import type { LeasedTask } from "../../ports/task-queue.ts";
import { withoutOutput } from "../output-record.ts";
import { compileBaseTemplate, failBaseTemplate } from "./base-templates.ts";
import { deliverWebhook, giveUpDelivery } from "./deliver-webhook.ts";
import { finishJob } from "./finish-job.ts";
import { jobPrefix } from "./job-objects.ts";
import { finishTask, taskPayloads } from "./job-tasks.ts";
import { failJob, prepareJob } from "./prepare-job.ts";
import { publicError } from "./public-error.ts";
import { enqueueDeliveries } from "./reconcile.ts";
import { createChunkRenderer } from "./render-chunk.ts";
import type { ServiceDependencies } from "./service-dependencies.ts";

/** How a worker does one kind of task. */
export type JobHandler = {
  run(task: LeasedTask, context: { signal: AbortSignal }): Promise<void>;
  /** After the last attempt. */
  giveUp(task: LeasedTask, error: AppError): Promise<void>;
  maxAttempts?: number;
};

/** A receiver that is down for a day is still told. */
const DELIVERY_ATTEMPTS = 300;

/** All that a worker can do for campaigns, by the kind of task. */
export function createJobHandlers(
  dependencies: ServiceDependencies & { /** Rows worked on at once. */ concurrency: number },
): Record<keyof typeof taskPayloads, JobHandler> {
  const { jobs, objects } = dependencies;
  const renderChunk = createChunkRenderer(dependencies);

  /** Work on a job that is purged meanwhile leaves nothing behind. */
  async function ofJob(jobId: string, work: Promise<void>): Promise<void> {
    try {
      await work;
    } finally {
      if (!(await jobs.find(null, jobId))) await objects.removeAll(jobPrefix(jobId));
    }
  }

  const render: JobHandler = {
    async run({ payload, token }, { signal }) {
      const chunk = taskPayloads.render.parse(payload);
      await ofJob(chunk.jobId, renderChunk(chunk, token, signal));
      await enqueueDeliveries(dependencies);
    },
    async giveUp({ payload, token }, error) {
      const { jobId, round, first, last } = taskPayloads.render.parse(payload);
      const rows = await jobs.claimRows(jobId, { round, first, last, token });
      const results = rows.map((row) => ({
        record: withoutOutput(row, "failed", publicError(error).message),
        output: null,
      }));
      const progress = await jobs.settleRows(jobId, { round, token, results });
      if (progress && remaining(progress) === 0) {
        await dependencies.queue.enqueue([finishTask({ jobId, round })]);
      }
      await enqueueDeliveries(dependencies);
    },
  };

  return {
    prepare: {
      run({ payload }, { signal }) {
        const task = taskPayloads.prepare.parse(payload);
        return ofJob(task.jobId, prepareJob(dependencies, task, signal));
      },
      async giveUp({ payload }, error) {
        await failJob(dependencies, taskPayloads.prepare.parse(payload), error);
        await enqueueDeliveries(dependencies);
      },
    },
    render,
    "render-gpu": render,
    finish: {
      async run({ payload }, { signal }) {
        const task = taskPayloads.finish.parse(payload);
        await ofJob(task.jobId, finishJob(dependencies, task, signal));
        await enqueueDeliveries(dependencies);
      },
      async giveUp({ payload }, error) {
        await failJob(dependencies, taskPayloads.finish.parse(payload), error);
        await enqueueDeliveries(dependencies);
      },
    },
    compile: {
      run: ({ payload }, { signal }) =>
        compileBaseTemplate(dependencies, taskPayloads.compile.parse(payload).templateId, signal),
      giveUp: ({ payload }, error) =>
        failBaseTemplate(dependencies, taskPayloads.compile.parse(payload).templateId, error),
    },
    deliver: {
      maxAttempts: DELIVERY_ATTEMPTS,
      run: ({ payload }, { signal }) =>
        deliverWebhook(dependencies, taskPayloads.deliver.parse(payload).deliveryId, signal),
      giveUp: ({ payload }) =>
        giveUpDelivery(dependencies, taskPayloads.deliver.parse(payload).deliveryId),
    },
  };
}
