import type { Selectable } from "kysely";
import type { Delivery, Webhook, WebhookStore } from "../ports/webhook-store.ts";
import { ROWS_PER_STATEMENT, untilFewerThan } from "./batches.ts";
import { pageOf, positionOf } from "./cursor.ts";
import type { StoreContext } from "./job-rows.ts";
import type { DeliveryTable, WebhookTable } from "./schema.ts";

/** Webhooks in a database; the deliveries in it come from `changeJob`. */
export function createWebhookStore({
  db,
  clock,
}: Pick<StoreContext, "db" | "clock">): WebhookStore {
  return {
    async create({ sealedSecret, createdAt, events, ...webhook }) {
      await db
        .insertInto("webhooks")
        .values({
          ...webhook,
          events: JSON.stringify(events),
          sealed_secret: sealedSecret,
          created_at: createdAt,
        })
        .execute();
    },
    async list(tenant) {
      const rows = await db
        .selectFrom("webhooks")
        .selectAll()
        .where("tenant", "=", tenant)
        .orderBy("created_at")
        .orderBy("id")
        .execute();
      return rows.map(webhookOf);
    },
    async find(tenant, id) {
      let query = db.selectFrom("webhooks").selectAll().where("id", "=", id);
      if (tenant !== null) query = query.where("tenant", "=", tenant);
      const row = await query.executeTakeFirst();
      return row ? webhookOf(row) : null;
    },
    async remove(tenant, id) {
      const found = await db
        .selectFrom("webhooks")
        .select("id")
        .where("id", "=", id)
        .where("tenant", "=", tenant)
        .executeTakeFirst();
      if (!found) return false;
      await untilFewerThan(ROWS_PER_STATEMENT, async () => {
        const { numDeletedRows } = await db
          .deleteFrom("deliveries")
          .where("id", "in", (query) =>
            query
              .selectFrom("deliveries as some")
              .select("some.id")
              .where("some.webhook_id", "=", id)
              .limit(ROWS_PER_STATEMENT),
          )
          .executeTakeFirstOrThrow();
        return Number(numDeletedRows);
      });
      const { numDeletedRows } = await db
        .deleteFrom("webhooks")
        .where("id", "=", id)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
    async deliveries(webhookId, { cursor, limit }) {
      let query = db.selectFrom("deliveries").selectAll().where("webhook_id", "=", webhookId);
      if (cursor !== undefined) {
        const [createdAt, seq, id] = positionOf<[number, number, string]>("deliveries", cursor);
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple("created_at", "seq", "id"), "<", tuple(createdAt, seq, id)),
        );
      }
      const rows = await query
        .orderBy("created_at", "desc")
        .orderBy("seq", "desc")
        .orderBy("id", "desc")
        .limit(limit + 1)
        .execute();
      const position = (row: DeliveryRow) => [row.created_at, row.seq, row.id];
      return pageOf(rows, { limit, kind: "deliveries", item: deliveryOf, position });
    },
    async findDelivery(id) {
      const row = await db
        .selectFrom("deliveries")
        .selectAll()
        .where("id", "=", id)
        .executeTakeFirst();
      return row ? deliveryOf(row) : null;
    },
    async pending(limit) {
      const rows = await db
        .selectFrom("deliveries")
        .select("id")
        .where("state", "=", "pending")
        .orderBy("created_at")
        .orderBy("seq")
        .orderBy("id")
        .limit(limit)
        .execute();
      return rows.map(({ id }) => id);
    },
    async noteAttempt(id, { state, status, error }) {
      await db
        .updateTable("deliveries")
        .set(({ eb }) => ({
          state,
          attempts: eb("attempts", "+", 1),
          last_status: status,
          last_error: error,
          updated_at: clock(),
        }))
        .where("id", "=", id)
        .execute();
    },
  };
}

type DeliveryRow = Selectable<DeliveryTable>;

function webhookOf(row: Selectable<WebhookTable>): Webhook {
  return {
    id: row.id,
    tenant: row.tenant,
    url: row.url,
    events: JSON.parse(row.events),
    sealedSecret: row.sealed_secret,
    createdAt: row.created_at,
  };
}

function deliveryOf(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    jobId: row.job_id,
    event: row.event,
    body: row.body,
    state: row.state,
    attempts: row.attempts,
    lastStatus: row.last_status,
    lastError: row.last_error,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
