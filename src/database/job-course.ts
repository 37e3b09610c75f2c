import { setImmediate as nextTurn } from "node:timers/promises";
import type { Kysely } from "kysely";
import { ENDED_STATES, type Job, type Progress } from "../domain/job.ts";
import type { JobStore, RecipientState } from "../ports/job-store.ts";
import { ROWS_PER_STATEMENT, untilFewerThan } from "./batches.ts";
import { changeJob } from "./job-events.ts";
import {
  errorColumns,
  holdJob,
  jobOf,
  progressOf,
  type StoreContext,
  UNFINISHED_STATES,
} from "./job-rows.ts";
import { PENDING_COLUMNS } from "./recipient-rows.ts";
import type { DatabaseSchema } from "./schema.ts";

type JobCourse = Pick<JobStore, "begin" | "end" | "retry" | "remove">;

/** A job's way from one state to the next. */
export function createJobCourse(context: StoreContext): JobCourse {
  const { db, clock, newId } = context;
  return {
    begin: (id, round) =>
      db.transaction().execute(async (trx) => {
        const now = clock();
        const job = await holdJob(trx, id, { states: UNFINISHED_STATES, round, now });
        if (!job) return null;
        const progress = await countRows(trx, id);
        const events =
          job.state === "queued" ? [{ type: "job.running" as const, data: { progress } }] : [];
        const changes = { state: "running" as const, ...progress };
        return jobOf(await changeJob(trx, { job, changes, events }, { newId, now }));
      }),
    end: (id, { state, error, round }) =>
      db.transaction().execute(async (trx) => {
        const now = clock();
        const held = { states: UNFINISHED_STATES, now, ...(round === undefined ? {} : { round }) };
        const job = await holdJob(trx, id, held);
        if (!job) return null;
        await trx
          .updateTable("recipients")
          .set({ ...PENDING_COLUMNS, updated_at: now })
          .where("job_id", "=", id)
          .where("state", "=", "running")
          .execute();
        const changes = { state, ...errorColumns(error) };
        const events = [
          { type: `job.${state}` as const, data: { progress: progressOf(job), error } },
        ];
        return jobOf(await changeJob(trx, { job, changes, events }, { newId, now }));
      }),
    async retry(id) {
      // Many failed rows are reopened in several transactions; each leaves the counters true.
      for (;;) {
        const retried = await reopenJob(context, id);
        if (retried !== "goes on") return retried;
        await nextTurn();
      }
    },
    async remove(id) {
      await untilFewerThan(ROWS_PER_STATEMENT, () => deleteRecipients(db, id));
      await untilFewerThan(ROWS_PER_STATEMENT, () => deleteDeliveries(db, id));
      await untilFewerThan(ROWS_PER_STATEMENT, () => deleteEvents(db, id));
      await db.transaction().execute(async (trx) => {
        await trx.deleteFrom("idempotency_keys").where("job_id", "=", id).execute();
        await trx.deleteFrom("jobs").where("id", "=", id).execute();
      });
    },
  };
}

/** Makes a batch of failed rows pending again, and the job queued when that were all. */
function reopenJob(
  { db, clock, newId }: StoreContext,
  id: string,
): Promise<{ job: Job; rows: number } | "goes on" | null> {
  return db.transaction().execute(async (trx) => {
    const now = clock();
    const job = await holdJob(trx, id, { states: ENDED_STATES, now });
    if (!job) return null;
    const { numUpdatedRows } = await trx
      .updateTable("recipients")
      .set({ ...PENDING_COLUMNS, updated_at: now })
      .where("job_id", "=", id)
      .where("row", "in", (query) =>
        query
          .selectFrom("recipients as failed")
          .select("failed.row")
          .where("failed.job_id", "=", id)
          .where("failed.state", "=", "failed")
          .limit(ROWS_PER_STATEMENT),
      )
      .executeTakeFirstOrThrow();
    const failed = job.failed - Number(numUpdatedRows);
    if (Number(numUpdatedRows) === ROWS_PER_STATEMENT) {
      await changeJob(trx, { job, changes: { failed }, events: [] }, { newId, now });
      return "goes on";
    }
    const progress = progressOf({ ...job, failed });
    const changes = {
      state: "queued" as const,
      round: job.round + 1,
      failed,
      ...errorColumns(null),
    };
    const events = [{ type: "job.queued" as const, data: { progress } }];
    const queued = await changeJob(trx, { job, changes, events }, { newId, now });
    return { job: jobOf(queued), rows: (await countByState(trx, id)).pending };
  });
}

async function countRows(trx: Kysely<DatabaseSchema>, id: string): Promise<Progress> {
  const { pending, running, done, failed, skipped } = await countByState(trx, id);
  return { total: pending + running + done + failed + skipped, done, failed, skipped };
}

async function countByState(
  trx: Kysely<DatabaseSchema>,
  id: string,
): Promise<Record<RecipientState, number>> {
  const rows = await trx
    .selectFrom("recipients")
    .select(({ fn }) => ["state" as const, fn.countAll<number>().as("count")])
    .where("job_id", "=", id)
    .groupBy("state")
    .execute();
  const counts = { pending: 0, running: 0, done: 0, skipped: 0, failed: 0 };
  for (const { state, count } of rows) counts[state] = count;
  return counts;
}

async function deleteRecipients(db: Kysely<DatabaseSchema>, id: string): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom("recipients")
    .where("job_id", "=", id)
    .where("row", "in", (query) =>
      query
        .selectFrom("recipients as some")
        .select("some.row")
        .where("some.job_id", "=", id)
        .limit(ROWS_PER_STATEMENT),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

async function deleteDeliveries(db: Kysely<DatabaseSchema>, id: string): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom("deliveries")
    .where("id", "in", (query) =>
      query
        .selectFrom("deliveries as some")
        .select("some.id")
        .where("some.job_id", "=", id)
        .limit(ROWS_PER_STATEMENT),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

async function deleteEvents(db: Kysely<DatabaseSchema>, id: string): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom("job_events")
    .where("job_id", "=", id)
    .where("seq", "in", (query) =>
      query
        .selectFrom("job_events as some")
        .select("some.seq")
        .where("some.job_id", "=", id)
        .limit(ROWS_PER_STATEMENT),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
