import { z } from "zod";
import type { NewTask } from "../../ports/task-queue.ts";

const roundOfJob = z.object({ jobId: z.string(), round: z.int() });
const chunkOfJob = roundOfJob.extend({ first: z.int(), last: z.int() });
const template = z.object({ templateId: z.string() });
const delivery = z.object({ deliveryId: z.string() });

/** The kinds of work that jobs, and what belongs to them, are cut into, with what a task of each says. */
export const taskPayloads = {
  /** Reads the sheet, compiles the base, cuts the rows into chunks. */
  prepare: roundOfJob,
  /** Makes the outputs of a chunk of rows. */
  render: chunkOfJob,
  /** The same with a graphics processor. */
  "render-gpu": chunkOfJob,
  /** Writes the report and ends the job. */
  finish: roundOfJob,
  /** Compiles a base template. */
  compile: template,
  /** Sends one webhook delivery. */
  deliver: delivery,
};

type RoundOfJob = z.infer<typeof roundOfJob>;

/** Small jobs are not to wait behind the chunks of large ones, nor an end behind any beginning. */
const FIRST = 2;
const SOON = 1;

export function prepareTask({ jobId, round }: RoundOfJob): NewTask {
  return task("prepare", { jobId, round }, { key: `${jobId}:${round}`, priority: SOON });
}

export function finishTask({ jobId, round }: RoundOfJob): NewTask {
  return task("finish", { jobId, round }, { key: `${jobId}:${round}`, priority: FIRST });
}

/**
 * @param kind Who can do it.
 * @param limit The provider's limit; a chunk uses as much of its rate as it has rows.
 */
export function renderTask(
  chunk: z.infer<typeof chunkOfJob>,
  kind: "render" | "render-gpu",
  limit: { name: string; cost: number },
): NewTask {
  const { jobId, round, first, last } = chunk;
  return {
    ...task(
      kind,
      { jobId, round, first, last },
      { key: `${jobId}:${round}:${first}-${last}`, priority: 0 },
    ),
    limit: limit.name,
    cost: limit.cost,
  };
}

export function compileTask(templateId: string): NewTask {
  return { ...task("compile", { templateId }, { key: templateId, priority: SOON }) };
}

export function deliverTask(deliveryId: string): NewTask {
  return {
    ...task("deliver", { deliveryId }, { key: deliveryId, priority: SOON }),
    group: "webhooks",
  };
}

function task(
  kind: keyof typeof taskPayloads,
  payload: { jobId?: string; templateId?: string } & Record<string, unknown>,
  { key, priority }: { key: string; priority: number },
): NewTask {
  const group = payload.jobId ?? payload.templateId ?? kind;
  return { kind, key: `${kind}:${key}`, group, payload, priority };
}
