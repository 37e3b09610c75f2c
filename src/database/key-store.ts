import type { Selectable } from "kysely";
import type { ApiKey, KeyStore } from "../ports/key-store.ts";
import type { StoreContext } from "./job-rows.ts";
import type { ApiKeyTable } from "./schema.ts";

/** API keys in a database. */
export function createKeyStore({ db }: Pick<StoreContext, "db">): KeyStore {
  return {
    async create({ scopes, createdAt, lastUsedAt, ...key }) {
      await db
        .insertInto("api_keys")
        .values({
          ...key,
          scopes: JSON.stringify(scopes),
          created_at: createdAt,
          last_used_at: lastUsedAt,
        })
        .execute();
    },
    async findByHash(hash) {
      const row = await db
        .selectFrom("api_keys")
        .selectAll()
        .where("hash", "=", hash)
        .executeTakeFirst();
      return row ? keyOf(row) : null;
    },
    async list() {
      const rows = await db
        .selectFrom("api_keys")
        .selectAll()
        .orderBy("created_at")
        .orderBy("id")
        .execute();
      return rows.map(keyOf);
    },
    async remove(id) {
      const { numDeletedRows } = await db
        .deleteFrom("api_keys")
        .where("id", "=", id)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
    async any() {
      const row = await db.selectFrom("api_keys").select("id").limit(1).executeTakeFirst();
      return row !== undefined;
    },
    async noteUse(id, at) {
      await db
        .updateTable("api_keys")
        .set({ last_used_at: at })
        .where("id", "=", id)
        .where(({ eb, or }) => or([eb("last_used_at", "is", null), eb("last_used_at", "<", at)]))
        .execute();
    },
  };
}

function keyOf(row: Selectable<ApiKeyTable>): ApiKey {
  return {
    id: row.id,
    tenant: row.tenant,
    name: row.name,
    scopes: JSON.parse(row.scopes),
    hash: row.hash,
    prefix: row.prefix,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}
