import { ENDED_STATES } from "../domain/job.ts";
import type { Warning } from "../domain/warning.ts";
import type { JobStore } from "../ports/job-store.ts";
import { batchesOf, INSERTED_ROWS } from "./batches.ts";
import { pageOf, positionOf } from "./cursor.ts";
import { changeJob } from "./job-events.ts";
import {
  baseColumns,
  holdJob,
  jobOf,
  planColumns,
  progressOf,
  type StoreContext,
  UNFINISHED_STATES,
} from "./job-rows.ts";

type JobRecords = Pick<
  JobStore,
  | "find"
  | "list"
  | "setPlan"
  | "setBase"
  | "addWarnings"
  | "unfinished"
  | "endedBefore"
  | "withInputBefore"
  | "forgetInput"
  | "consentOf"
  | "sealedKeyOf"
  | "existing"
  | "templatesInUse"
>;

/** What is known of jobs as a whole. */
export function createJobRecords({ db, clock, newId }: StoreContext): JobRecords {
  return {
    async find(tenant, id) {
      let query = db.selectFrom("jobs").selectAll().where("id", "=", id);
      if (tenant !== null) query = query.where("tenant", "=", tenant);
      const row = await query.executeTakeFirst();
      return row ? jobOf(row) : null;
    },
    async list(tenant, { state, cursor, limit }) {
      let query = db.selectFrom("jobs").selectAll().where("tenant", "=", tenant);
      if (state !== undefined) query = query.where("state", "=", state);
      if (cursor !== undefined) {
        const [createdAt, id] = positionOf<[number, string]>("jobs", cursor);
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple("created_at", "id"), "<", tuple(createdAt, id)),
        );
      }
      const rows = await query
        .orderBy("created_at", "desc")
        .orderBy("id", "desc")
        .limit(limit + 1)
        .execute();
      const position = (row: { created_at: number; id: string }) => [row.created_at, row.id];
      return pageOf(rows, { limit, kind: "jobs", item: jobOf, position });
    },
    setPlan: (id, plan, events) =>
      db.transaction().execute(async (trx) => {
        const now = clock();
        const job = await holdJob(trx, id, { states: UNFINISHED_STATES, now });
        if (!job) return;
        await changeJob(trx, { job, changes: planColumns(plan), events }, { newId, now });
      }),
    // Neither this nor `forgetInput` is a change of the job by which it would be kept for longer.
    async setBase(id, base) {
      await db.updateTable("jobs").set(baseColumns(base)).where("id", "=", id).execute();
    },
    addWarnings: (id, warnings) =>
      db.transaction().execute(async (trx) => {
        const now = clock();
        const job = await holdJob(trx, id, { states: UNFINISHED_STATES, now });
        if (!job) return;
        const known: Warning[] = JSON.parse(job.warnings);
        const fresh = newWarnings(known, warnings);
        const changes = { warnings: JSON.stringify([...known, ...fresh]) };
        const events = fresh.map((data) => ({ type: "job.warning" as const, data }));
        await changeJob(trx, { job, changes, events }, { newId, now });
      }),
    async unfinished() {
      const rows = await db
        .selectFrom("jobs")
        .select(["id", "round", "state", "total", "done", "failed", "skipped"])
        .where("state", "in", UNFINISHED_STATES)
        .execute();
      return rows.map((row) => ({
        id: row.id,
        round: row.round,
        state: row.state,
        progress: progressOf(row),
      }));
    },
    async endedBefore(before, limit) {
      const rows = await db
        .selectFrom("jobs")
        .selectAll()
        .where("state", "in", ENDED_STATES)
        .where("updated_at", "<", before)
        .limit(limit)
        .execute();
      return rows.map(jobOf);
    },
    async withInputBefore(before, limit) {
      const rows = await db
        .selectFrom("jobs")
        .selectAll()
        .where("input_kept", "=", 1)
        .where("state", "in", ENDED_STATES)
        .where("updated_at", "<", before)
        .limit(limit)
        .execute();
      return rows.map(jobOf);
    },
    async forgetInput(id) {
      await db.transaction().execute(async (trx) => {
        const job = trx.updateTable("jobs").where("id", "=", id);
        await job.set({ input_kept: 0, sealed_key: null }).execute();
        await job.set({ base_key: null }).where("base_template_id", "is", null).execute();
      });
    },
    async consentOf(id) {
      const row = await db
        .selectFrom("consents")
        .selectAll()
        .where("job_id", "=", id)
        .executeTakeFirst();
      if (!row) return null;
      const { key_id: keyId, job_id: _id, ...consent } = row;
      return { ...consent, keyId };
    },
    async sealedKeyOf(id) {
      const row = await db
        .selectFrom("jobs")
        .select("sealed_key")
        .where("id", "=", id)
        .executeTakeFirst();
      return row?.sealed_key ?? null;
    },
    async existing(ids) {
      const found = new Set<string>();
      for (const batch of batchesOf(ids, INSERTED_ROWS)) {
        const rows = await db.selectFrom("jobs").select("id").where("id", "in", batch).execute();
        for (const { id } of rows) found.add(id);
      }
      return found;
    },
    async templatesInUse() {
      const rows = await db
        .selectFrom("jobs")
        .select("template_id")
        .distinct()
        .where("template_id", "is not", null)
        .where(({ eb, or }) =>
          or([eb("keeps", "=", "renditions"), eb("state", "in", UNFINISHED_STATES)]),
        )
        .execute();
      return new Set(rows.map((row) => row.template_id).filter((id) => id !== null));
    },
  };
}

/** Work that is done twice warns twice: each warning is kept once. */
function newWarnings(known: readonly Warning[], warnings: readonly Warning[]): Warning[] {
  const fresh: Warning[] = [];
  for (const { code, message } of warnings) {
    const isSame = (other: Warning) => other.code === code && other.message === message;
    if (!known.some(isSame) && !fresh.some(isSame)) fresh.push({ code, message });
  }
  return fresh;
}
