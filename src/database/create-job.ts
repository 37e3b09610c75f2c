import type { Kysely } from "kysely";
import { AppError } from "../domain/app-error.ts";
import type { JobStore, NewJob } from "../ports/job-store.ts";
import { changeJob } from "./job-events.ts";
import { jobOf, newJobRow, progressOf, type StoreContext } from "./job-rows.ts";
import type { DatabaseSchema } from "./schema.ts";

/** How long a request may be repeated under its idempotency key. */
const KEY_LIFE_MS = 24 * 60 * 60 * 1000;

type Idempotency = { key: string; fingerprint: string };

/** See `JobStore.create`. */
export function createCreateJob({ db, clock, newId }: StoreContext): JobStore["create"] {
  return (job, idempotency) =>
    db.transaction().execute(async (trx) => {
      const now = clock();
      const earlier = idempotency ? await earlierJob(trx, { job, idempotency, now }) : null;
      if (earlier !== null) {
        const found = await trx
          .selectFrom("jobs")
          .selectAll()
          .where("id", "=", earlier)
          .executeTakeFirstOrThrow();
        return { job: jobOf(found), created: false };
      }
      const row = newJobRow(job, now);
      await trx.insertInto("jobs").values(row).execute();
      if (job.consent) {
        const { keyId, ...consent } = job.consent;
        await trx
          .insertInto("consents")
          .values({ ...consent, key_id: keyId, job_id: job.id, at: now })
          .execute();
      }
      const events = [{ type: "job.queued" as const, data: { progress: progressOf(row) } }];
      const queued = await changeJob(trx, { job: row, changes: {}, events }, { newId, now });
      return { job: jobOf(queued), created: true };
    });
}

/**
 * Takes the key for the new job.
 * @returns the id of the job that has it already, or null.
 */
async function earlierJob(
  trx: Kysely<DatabaseSchema>,
  { job, idempotency, now }: { job: NewJob; idempotency: Idempotency; now: number },
): Promise<string | null> {
  const { key, fingerprint } = idempotency;
  await trx
    .deleteFrom("idempotency_keys")
    .where("created_at", "<=", now - KEY_LIFE_MS)
    .execute();
  const taken = await trx
    .insertInto("idempotency_keys")
    .values({ tenant: job.tenant, key, job_id: job.id, fingerprint, created_at: now })
    .onConflict((conflict) => conflict.columns(["tenant", "key"]).doNothing())
    .returning("job_id")
    .executeTakeFirst();
  if (taken) return null;
  const earlier = await trx
    .selectFrom("idempotency_keys")
    .select(["job_id", "fingerprint"])
    .where("tenant", "=", job.tenant)
    .where("key", "=", key)
    .executeTakeFirstOrThrow();
  if (earlier.fingerprint === fingerprint) return earlier.job_id;
  throw new AppError(
    "IDEMPOTENCY_KEY_REUSED",
    `Idempotency-Key ${JSON.stringify(key)} was used for another request in the last 24 hours: send a new key, or the same request`,
  );
}
