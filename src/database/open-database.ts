import { randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import type { BaseStore } from "../ports/base-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { JobStore } from "../ports/job-store.ts";
import type { KeyStore } from "../ports/key-store.ts";
import type { MetricStore } from "../ports/metric-store.ts";
import type { WebhookStore } from "../ports/webhook-store.ts";
import { createBaseStore } from "./base-store.ts";
import { createJobStore } from "./job-store.ts";
import { createKeyStore } from "./key-store.ts";
import { createMetricStore } from "./metric-store.ts";
import { migrate } from "./migrate.ts";
import { openSqlite } from "./open-sqlite.ts";
import type { DatabaseSchema } from "./schema.ts";
import { createWebhookStore } from "./webhook-store.ts";

export type Database = {
  /** For others that keep tables of their own in it (see `openSqlite`): `db.withTables<Theirs>()`. */
  db: Kysely<DatabaseSchema>;
  jobs: JobStore;
  webhooks: WebhookStore;
  keys: KeyStore;
  bases: BaseStore;
  metrics: MetricStore;
  close(): Promise<void>;
};

/**
 * Opens the database in an SQLite file, which is made when missing, and brings its tables up to date.
 * @param request.newId Ids of what the stores make themselves: 128 random bits or more.
 * @throws AppError see `openSqlite` and `migrate`.
 */
export async function openDatabase(request: {
  file: string;
  clock: Clock;
  newId?: () => string;
}): Promise<Database> {
  const { file, clock, newId = () => randomBytes(16).toString("hex") } = request;
  const db = openSqlite<DatabaseSchema>({ file });
  try {
    await migrate(db);
  } catch (cause) {
    await db.destroy();
    throw cause;
  }
  const context = { db, clock, newId };
  return {
    db,
    jobs: createJobStore(context),
    webhooks: createWebhookStore(context),
    keys: createKeyStore(context),
    bases: createBaseStore(context),
    metrics: createMetricStore(context),
    close: () => db.destroy(),
  };
}
