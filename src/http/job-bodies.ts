import { z } from "zod";
import { JOB_STATES, type Job } from "../domain/job.ts";
import { TIERS } from "../domain/tier.ts";
import { nextCursor, seconds, toSeconds } from "./field-schemas.ts";

export const createdJobBody = z.object({
  job_id: z.string(),
  status: z.literal("queued"),
});

export const jobBody = z
  .object({
    job_id: z.string(),
    status: z.enum(JOB_STATES),
    created_at: seconds,
    updated_at: seconds,
    error: z.string().nullable().describe("why the job failed"),
    error_code: z.string().nullable().describe("the same as a code that is never renamed"),
    download_url: z.string().optional().describe("the ZIP of all outputs; once the job is done"),
    progress: z
      .object({ total: z.int(), done: z.int(), failed: z.int(), skipped: z.int() })
      .describe("rows by how they ended; total is 0 until the sheet was read"),
    warnings: z.array(z.object({ code: z.string(), message: z.string() })),
    base_name: z.string().describe("the base as it was called when it was sent"),
    template_id: z.string().nullable().describe("the base template the job uses, if any"),
    insert_mode: z.enum(TIERS).nullable(),
    keeps: z.enum(["files", "renditions"]),
    round: z.int().describe("raised by every retry"),
  })
  .meta({ id: "Job" });

export const jobListBody = z.object({ jobs: z.array(jobBody), next_cursor: nextCursor });

export const retriedJobBody = z.object({
  job_id: z.string(),
  status: z.enum(JOB_STATES),
  rows: z.int().describe("rows that are to be made"),
});

/** A job as clients see it. */
export function jobBodyOf(job: Job): z.infer<typeof jobBody> {
  const { id, state, error, base } = job;
  return {
    job_id: id,
    status: state,
    created_at: toSeconds(job.createdAt),
    updated_at: toSeconds(job.updatedAt),
    error: error?.message ?? null,
    error_code: error?.code ?? null,
    ...(state === "done" ? { download_url: `${pathOfJob(id)}/download` } : {}),
    progress: job.progress,
    warnings: job.warnings,
    base_name: base.name,
    template_id: base.templateId,
    insert_mode: tierOf(job.options),
    keeps: job.keeps,
    round: job.round,
  };
}

export function pathOfJob(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`;
}

/** The tier among stored options; null when they are of a version that called it otherwise. */
export function tierOf(options: Record<string, unknown>) {
  return z.enum(TIERS).nullable().catch(null).parse(options["insertMode"]);
}
