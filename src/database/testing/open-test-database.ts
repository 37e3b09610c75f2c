import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../ports/clock.ts";
import { type Database, openDatabase } from "../open-database.ts";

/** A database in a new file, which closing it removes. */
export async function openTestDatabase(clock: Clock): Promise<Database> {
  const folder = await mkdtemp(join(tmpdir(), "database-test-"));
  const database = await openDatabase({ file: join(folder, "test.db"), clock });
  return {
    ...database,
    async close() {
      await database.close();
      await rm(folder, { recursive: true });
    },
  };
}
