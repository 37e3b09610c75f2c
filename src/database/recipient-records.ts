import type { JobStore, RecipientRow } from "../ports/job-store.ts";
import { batchesOf, INSERTED_ROWS, inPages, ROWS_PER_STATEMENT } from "./batches.ts";
import { pageOf, positionOf } from "./cursor.ts";
import { holdJob, type StoreContext, UNFINISHED_STATES } from "./job-rows.ts";
import { newRecipientRow, recipientOf } from "./recipient-rows.ts";

/** Whole rows read at a time. */
const PAGE_ROWS = 1000;

type RecipientRecords = Pick<
  JobStore,
  "addRecipients" | "recipients" | "recipient" | "allRecipients" | "packsOf"
>;

/** The rows of jobs' sheets. */
export function createRecipientRecords({ db, clock }: StoreContext): RecipientRecords {
  return {
    addRecipients: (id, recipients) =>
      db.transaction().execute(async (trx) => {
        const now = clock();
        if (!(await holdJob(trx, id, { states: UNFINISHED_STATES, now }))) return;
        for (const batch of batchesOf(recipients, INSERTED_ROWS)) {
          await trx
            .insertInto("recipients")
            .values(batch.map((recipient) => newRecipientRow(id, recipient, now)))
            .onConflict((conflict) => conflict.columns(["job_id", "row"]).doNothing())
            .execute();
        }
      }),
    async recipients(id, { state, cursor, limit }) {
      let query = db.selectFrom("recipients").selectAll().where("job_id", "=", id);
      if (state !== undefined) query = query.where("state", "=", state);
      if (cursor !== undefined) {
        const [row] = positionOf<[number]>("recipients", cursor);
        query = query.where("row", ">", row);
      }
      const rows = await query
        .orderBy("row")
        .limit(limit + 1)
        .execute();
      const position = ({ row }: { row: number }) => [row];
      return pageOf(rows, { limit, kind: "recipients", item: recipientOf, position });
    },
    async recipient(id, row) {
      const found = await db
        .selectFrom("recipients")
        .selectAll()
        .where("job_id", "=", id)
        .where("row", "=", row)
        .executeTakeFirst();
      return found ? recipientOf(found) : null;
    },
    async *allRecipients(id): AsyncGenerator<RecipientRow> {
      const pages = inPages<RecipientRow>(async (last) => {
        const rows = await db
          .selectFrom("recipients")
          .selectAll()
          .where("job_id", "=", id)
          .where("row", ">", last?.row ?? Number.MIN_SAFE_INTEGER)
          .orderBy("row")
          .limit(PAGE_ROWS)
          .execute();
        return rows.map(recipientOf);
      });
      for await (const page of pages) yield* page;
    },
    async packsOf(id) {
      const pages = inPages<{ row: number; object_key: string | null }>((last) =>
        db
          .selectFrom("recipients")
          .select(["row", "object_key"])
          .where("job_id", "=", id)
          .where("state", "=", "done")
          .where("row", ">", last?.row ?? Number.MIN_SAFE_INTEGER)
          .where("pack_offset", "is not", null)
          .orderBy("row")
          .limit(ROWS_PER_STATEMENT)
          .execute(),
      );
      const keys = new Set<string>();
      for await (const page of pages) {
        for (const { object_key: key } of page) if (key !== null) keys.add(key);
      }
      return keys;
    },
  };
}
