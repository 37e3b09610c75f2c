import { type Kysely, sql } from "kysely";

/** A job's own key for its provider of speech, sealed. */
export async function addProviderKeys<Schema>(db: Kysely<Schema>): Promise<void> {
  await sql`alter table jobs add column sealed_key text`.execute(db);
}
