import type { Kysely } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { AppError } from "../domain/app-error.ts";
import { createCampaignTables } from "./migrations/001-campaign-service.ts";
import { addProviderKeys } from "./migrations/002-provider-keys.ts";

/** Every change of the tables, by name in the order to be made. A released one never changes. */
const MIGRATIONS: Record<string, Migration> = {
  "001-campaign-service": { up: createCampaignTables },
  "002-provider-keys": { up: addProviderKeys },
};

/**
 * Brings the tables up to date. Any number of processes may do so at once: one of them does the work
 * and the others wait for it.
 * @throws AppError INTERNAL when a newer version of the program has changed the database, or what
 * the database throws.
 */
export async function migrate<Schema>(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => MIGRATIONS },
    migrationTableName: "campaign_migrations",
    migrationLockTableName: "campaign_migration_lock",
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  if (error instanceof AppError) throw error;
  const detail = error instanceof Error ? error.message : String(error);
  throw new AppError(
    "INTERNAL",
    `the database cannot be brought up to date (${detail}): use the version of the program that changed it last, or a newer one`,
    { cause: error },
  );
}
