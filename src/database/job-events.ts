import type { Kysely } from "kysely";
import {
  type JobEvent,
  type NewJobEvent,
  WEBHOOK_EVENT_TYPES,
  type WebhookEventType,
} from "../domain/job.ts";
import { batchesOf, INSERTED_ROWS } from "./batches.ts";
import type { JobChanges, JobRow, StoreContext } from "./job-rows.ts";
import type { DatabaseSchema } from "./schema.ts";

type NumberedEvent = NewJobEvent & { seq: number };

/**
 * Changes a held job (see `holdJob`) and notes its next events, with the deliveries that webhooks
 * asked for.
 * @returns the job's row as it is then.
 */
export async function changeJob(
  trx: Kysely<DatabaseSchema>,
  { job, changes, events }: { job: JobRow; changes: JobChanges; events: readonly NewJobEvent[] },
  { newId, now }: { newId: StoreContext["newId"]; now: number },
): Promise<JobRow> {
  const changed: JobRow = { ...job, ...changes, last_event: job.last_event + events.length };
  await trx
    .updateTable("jobs")
    .set({ ...changes, last_event: changed.last_event })
    .where("id", "=", job.id)
    .execute();
  const numbered = events.map((event, index) => ({ ...event, seq: job.last_event + index + 1 }));
  await insertEvents(trx, { jobId: job.id, events: numbered, now });
  await insertDeliveries(trx, { job, events: numbered.filter(isForWebhooks), newId, now });
  return changed;
}

async function insertEvents(
  trx: Kysely<DatabaseSchema>,
  { jobId, events, now }: { jobId: string; events: readonly NumberedEvent[]; now: number },
): Promise<void> {
  for (const batch of batchesOf(events, INSERTED_ROWS)) {
    const rows = batch.map(({ seq, type, data }) => ({
      job_id: jobId,
      seq,
      at: now,
      type,
      data: JSON.stringify(data),
    }));
    await trx.insertInto("job_events").values(rows).execute();
  }
}

type WebhookEvent = NumberedEvent & { type: WebhookEventType };

function isForWebhooks(event: NumberedEvent): event is WebhookEvent {
  const types: readonly string[] = WEBHOOK_EVENT_TYPES;
  return types.includes(event.type);
}

async function insertDeliveries(
  trx: Kysely<DatabaseSchema>,
  request: {
    job: JobRow;
    events: readonly WebhookEvent[];
    newId: StoreContext["newId"];
    now: number;
  },
): Promise<void> {
  const { job, events, newId, now } = request;
  if (events.length === 0) return;
  const webhooks = await trx
    .selectFrom("webhooks")
    .select(["id", "events"])
    .where("tenant", "=", job.tenant)
    .execute();
  for (const webhook of webhooks) {
    const wanted: readonly string[] = JSON.parse(webhook.events);
    const deliveries = events
      .filter(({ type }) => wanted.includes(type))
      .map(({ type, seq, data }) => {
        const id = newId();
        const body = { id, type, created_at: now / 1000, job_id: job.id, data };
        return {
          id,
          webhook_id: webhook.id,
          job_id: job.id,
          seq,
          event: type,
          body: JSON.stringify(body),
          state: "pending" as const,
          attempts: 0,
          last_status: null,
          last_error: null,
          created_at: now,
          updated_at: now,
        };
      });
    for (const batch of batchesOf(deliveries, INSERTED_ROWS)) {
      await trx.insertInto("deliveries").values(batch).execute();
    }
  }
}

/** Events of a job after `after`, at most `limit`, in order. */
export async function readEvents(
  { db }: Pick<StoreContext, "db">,
  { id, after, limit }: { id: string; after: number; limit: number },
): Promise<JobEvent[]> {
  const rows = await db
    .selectFrom("job_events")
    .select(["seq", "at", "type", "data"])
    .where("job_id", "=", id)
    .where("seq", ">", after)
    .orderBy("seq")
    .limit(limit)
    .execute();
  return rows.map(({ seq, at, type, data }) => ({ seq, at, type, data: JSON.parse(data) }));
}
