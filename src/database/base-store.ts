import type { Selectable } from "kysely";
import { AppError } from "../domain/app-error.ts";
import type { BaseStore, BaseTemplate } from "../ports/base-store.ts";
import { batchesOf, INSERTED_ROWS } from "./batches.ts";
import { pageOf, positionOf } from "./cursor.ts";
import {
  errorColumns,
  errorOf,
  planColumns,
  type StoreContext,
  UNFINISHED_STATES,
} from "./job-rows.ts";
import type { BaseTable } from "./schema.ts";

/** Base templates in a database. */
export function createBaseStore({ db, clock }: Pick<StoreContext, "db" | "clock">): BaseStore {
  return {
    async create(template) {
      await db.insertInto("bases").values(rowOf(template)).execute();
    },
    async find(tenant, id) {
      let query = db.selectFrom("bases").selectAll().where("id", "=", id);
      if (tenant !== null) query = query.where("tenant", "=", tenant);
      const row = await query.executeTakeFirst();
      return row ? templateOf(row) : null;
    },
    async list(tenant, { cursor, limit }) {
      let query = db.selectFrom("bases").selectAll().where("tenant", "=", tenant);
      if (cursor !== undefined) {
        const [createdAt, id] = positionOf<[number, string]>("bases", cursor);
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
      return pageOf(rows, { limit, kind: "bases", item: templateOf, position });
    },
    async setReady(id, plan) {
      await db
        .updateTable("bases")
        .set({ state: "ready", ...planColumns(plan), ...errorColumns(null), updated_at: clock() })
        .where("id", "=", id)
        .execute();
    },
    async setFailed(id, error) {
      await db
        .updateTable("bases")
        .set({ state: "failed", ...errorColumns(error), updated_at: clock() })
        .where("id", "=", id)
        .execute();
    },
    remove: (tenant, id) =>
      db.transaction().execute(async (trx) => {
        const found = await trx
          .deleteFrom("bases")
          .where("id", "=", id)
          .where("tenant", "=", tenant)
          .returning("id")
          .executeTakeFirst();
        if (!found) return false;
        const user = await trx
          .selectFrom("jobs")
          .select("id")
          .where("base_template_id", "=", id)
          .where("state", "in", UNFINISHED_STATES)
          .limit(1)
          .executeTakeFirst();
        if (!user) return true;
        // Thrown within the transaction: the template is there again.
        throw new AppError(
          "TEMPLATE_IN_USE",
          `template ${id} is used by job ${user.id}, which has not ended: wait for it, or cancel it`,
        );
      }),
    async templatesInUse() {
      const rows = await db
        .selectFrom("bases")
        .select("template_id")
        .distinct()
        .where("template_id", "is not", null)
        .execute();
      return new Set(rows.map((row) => row.template_id).filter((id) => id !== null));
    },
    async queued() {
      const rows = await db
        .selectFrom("bases")
        .select("id")
        .where("state", "=", "queued")
        .orderBy("created_at")
        .execute();
      return rows.map(({ id }) => id);
    },
    async existing(ids) {
      const found = new Set<string>();
      for (const batch of batchesOf(ids, INSERTED_ROWS)) {
        const rows = await db.selectFrom("bases").select("id").where("id", "in", batch).execute();
        for (const { id } of rows) found.add(id);
      }
      return found;
    },
  };
}

type BaseRow = Selectable<BaseTable>;

function rowOf(template: BaseTemplate): BaseRow {
  return {
    id: template.id,
    tenant: template.tenant,
    state: template.state,
    ...errorColumns(template.error),
    name: template.name,
    object_key: template.key,
    hash: template.hash,
    size_bytes: template.sizeBytes,
    options: JSON.stringify(template.options),
    ...planColumns(template.plan),
    created_at: template.createdAt,
    updated_at: template.updatedAt,
  };
}

function templateOf(row: BaseRow): BaseTemplate {
  return {
    id: row.id,
    tenant: row.tenant,
    state: row.state,
    error: errorOf(row),
    name: row.name,
    key: row.object_key,
    hash: row.hash,
    sizeBytes: row.size_bytes,
    options: JSON.parse(row.options),
    plan: row.plan === null ? null : JSON.parse(row.plan),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
