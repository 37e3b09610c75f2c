import type { Kysely } from "kysely";
import type { Progress } from "../domain/job.ts";
import type { ClaimedRow, JobStore, RecipientState, RowResult } from "../ports/job-store.ts";
import { batchesOf, INSERTED_ROWS, inPages, ROWS_PER_STATEMENT } from "./batches.ts";
import { changeJob } from "./job-events.ts";
import { holdJob, progressOf, type StoreContext } from "./job-rows.ts";
import { PENDING_COLUMNS, settledColumns } from "./recipient-rows.ts";
import type { DatabaseSchema } from "./schema.ts";

type RecipientClaims = Pick<JobStore, "chunks" | "claimRows" | "settleRows" | "releaseRows">;

const FINISHED_STATES: readonly RecipientState[] = ["done", "skipped", "failed"];

/** Who makes which rows, and what became of them. */
export function createRecipientClaims({ db, clock, newId }: StoreContext): RecipientClaims {
  return {
    async chunks(id, size) {
      const chunks: { first: number; last: number; rows: number }[] = [];
      // Whole chunks per page: none is cut by a page's end.
      const limit = size * Math.max(1, Math.floor(ROWS_PER_STATEMENT / size));
      const pages = inPages<{ row: number }>((last) =>
        db
          .selectFrom("recipients")
          .select("row")
          .where("job_id", "=", id)
          // Not by the states that are left: rows come in order only by the primary key.
          .where("state", "not in", FINISHED_STATES)
          .where("row", ">", last?.row ?? Number.MIN_SAFE_INTEGER)
          .orderBy("row")
          .limit(limit)
          .execute(),
      );
      for await (const page of pages) {
        for (const rows of batchesOf(page, size)) {
          const [first, last] = [rows[0], rows.at(-1)];
          if (first && last) chunks.push({ first: first.row, last: last.row, rows: rows.length });
        }
      }
      return chunks;
    },
    claimRows: (id, { round, first, last, token }) =>
      db.transaction().execute(async (trx) => {
        const now = clock();
        const job = await holdJob(trx, id, { states: ["running"], round, now });
        if (!job) return [];
        const rows = await trx
          .updateTable("recipients")
          .set({ state: "running", fence: token, updated_at: now })
          .where("job_id", "=", id)
          .where("row", ">=", first)
          .where("row", "<=", last)
          .where("state", "not in", FINISHED_STATES)
          .returning(["row", "name", "file", "spoken_text as spokenText"])
          .execute();
        return rows.map((row): ClaimedRow => ({ ...row })).toSorted((a, b) => a.row - b.row);
      }),
    settleRows: (id, { round, token, results }) =>
      db.transaction().execute(async (trx) => {
        const now = clock();
        const job = await holdJob(trx, id, { states: ["running"], round, now });
        if (!job) return null;
        const settled = await settle(trx, { id, token, results, now });
        if (settled.length === 0) return progressOf(job);
        const progress = addTo(progressOf(job), settled);
        const failures = settled
          .filter(({ record }) => record.state === "failed")
          .map(({ record: { row, name, reason } }) => ({
            type: "recipient.failed" as const,
            data: { row, name, reason },
          }));
        const rows = settled.map(({ record }) => record.row);
        const events = [...failures, { type: "job.progress" as const, data: { progress, rows } }];
        await changeJob(trx, { job, changes: progress, events }, { newId, now });
        return progress;
      }),
    async releaseRows(id, token) {
      await db
        .updateTable("recipients")
        .set({ ...PENDING_COLUMNS, updated_at: clock() })
        .where("job_id", "=", id)
        .where("state", "=", "running")
        .where("fence", "=", token)
        .execute();
    },
  };
}

/** Notes the results of rows that `token` holds, each once, and returns those results. */
async function settle(
  trx: Kysely<DatabaseSchema>,
  request: { id: string; token: string; results: readonly RowResult[]; now: number },
): Promise<RowResult[]> {
  const { id, token, results, now } = request;
  if (results.length === 0) return [];
  const numbers = results.map(({ record }) => record.row);
  const held = await trx
    .selectFrom("recipients")
    .selectAll()
    .where("job_id", "=", id)
    .where("state", "=", "running")
    .where("fence", "=", token)
    .where("row", ">=", Math.min(...numbers))
    .where("row", "<=", Math.max(...numbers))
    .execute();
  const left = new Map(held.map((row) => [row.row, row]));
  const settled = results.flatMap((result) => {
    const row = left.get(result.record.row);
    if (!row) return [];
    left.delete(row.row);
    return [{ result, row: { ...row, ...settledColumns(result), updated_at: now } }];
  });
  for (const batch of batchesOf(settled, INSERTED_ROWS)) {
    // All rows are there: an upsert is how one statement gives many rows values of their own.
    await trx
      .insertInto("recipients")
      .values(batch.map(({ row }) => row))
      .onConflict((conflict) =>
        conflict.columns(["job_id", "row"]).doUpdateSet(({ ref }) => ({
          state: ref("excluded.state"),
          reason: ref("excluded.reason"),
          fence: null,
          size_bytes: ref("excluded.size_bytes"),
          crc32: ref("excluded.crc32"),
          object_key: ref("excluded.object_key"),
          pack_offset: ref("excluded.pack_offset"),
          pack_length: ref("excluded.pack_length"),
          figures: ref("excluded.figures"),
          updated_at: ref("excluded.updated_at"),
        })),
      )
      .execute();
  }
  return settled.map(({ result }) => result);
}

function addTo(progress: Progress, settled: readonly RowResult[]): Progress {
  const counted = { ...progress };
  for (const { record } of settled) counted[record.state]++;
  return counted;
}
