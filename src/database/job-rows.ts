import type { Kysely, Selectable } from "kysely";
import type { Job, JobError, JobState, Progress } from "../domain/job.ts";
import type { Clock } from "../ports/clock.ts";
import type { NewJob } from "../ports/job-store.ts";
import type { DatabaseSchema, JobTable } from "./schema.ts";

/** What the parts of a job store work with. */
export type StoreContext = {
  db: Kysely<DatabaseSchema>;
  clock: Clock;
  /** 128 random bits or more. */
  newId: () => string;
};

export type JobRow = Selectable<JobTable>;

export const UNFINISHED_STATES: readonly JobState[] = ["queued", "running"];

/** A job as it is noted first: queued, in round 1, without events or rows. */
export function newJobRow(job: NewJob, now: number): JobRow {
  return {
    id: job.id,
    tenant: job.tenant,
    state: "queued",
    created_at: now,
    updated_at: now,
    ...errorColumns(null),
    total: 0,
    done: 0,
    failed: 0,
    skipped: 0,
    warnings: JSON.stringify(job.warnings),
    ...baseColumns(job.base),
    sheet: job.sheet,
    options: JSON.stringify(job.options),
    ...planColumns(job.plan),
    keeps: job.keeps,
    input_kept: 1,
    round: 1,
    last_event: 0,
    sealed_key: job.sealedKey,
  };
}

export function jobOf(row: JobRow): Job {
  return {
    id: row.id,
    tenant: row.tenant,
    state: row.state,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    error: errorOf(row),
    progress: progressOf(row),
    warnings: JSON.parse(row.warnings),
    base: {
      key: row.base_key,
      hash: row.base_hash,
      name: row.base_name,
      templateId: row.base_template_id,
    },
    sheet: row.sheet,
    options: JSON.parse(row.options),
    plan: row.plan === null ? null : JSON.parse(row.plan),
    keeps: row.keeps,
    round: row.round,
    lastEvent: row.last_event,
  };
}

export function progressOf({ total, done, failed, skipped }: Progress): Progress {
  return { total, done, failed, skipped };
}

export function baseColumns(base: Job["base"]) {
  return {
    base_key: base.key,
    base_hash: base.hash,
    base_name: base.name,
    base_template_id: base.templateId,
  };
}

/** The compiled template's id stands in a column of its own, so that those in use can be listed. */
export function planColumns(plan: Record<string, unknown> | null) {
  const templateId = plan?.["templateId"];
  return {
    plan: plan && JSON.stringify(plan),
    template_id: typeof templateId === "string" ? templateId : null,
  };
}

export function errorColumns(error: JobError | null) {
  return { error_code: error?.code ?? null, error_message: error?.message ?? null };
}

export function errorOf(row: {
  error_code: string | null;
  error_message: string | null;
}): JobError | null {
  if (row.error_code === null || row.error_message === null) return null;
  return { code: row.error_code, message: row.error_message };
}

/**
 * The job's row, if it is in one of `states` and in `round`. Nobody else can change the job or its
 * recipients before the transaction ends: as an update it locks the row in every database.
 */
export function holdJob(
  trx: Kysely<DatabaseSchema>,
  id: string,
  { states, round, now }: { states: readonly JobState[]; round?: number; now: number },
): Promise<JobRow | undefined> {
  let update = trx
    .updateTable("jobs")
    .set({ updated_at: now })
    .where("id", "=", id)
    .where("state", "in", states);
  if (round !== undefined) update = update.where("round", "=", round);
  return update.returningAll().executeTakeFirst();
}

/** Columns that `holdJob` has not set and events do not set. */
export type JobChanges = Partial<Omit<JobRow, "id" | "tenant" | "updated_at" | "last_event">>;
