import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { sql } from "kysely";
import { newJob } from "../../test/support/made-up-jobs.ts";
import { newJobRow } from "./job-rows.ts";
import { createCampaignTables } from "./migrations/001-campaign-service.ts";
import { openDatabase } from "./open-database.ts";
import { openSqlite } from "./open-sqlite.ts";
import type { DatabaseSchema, JobTable } from "./schema.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "migrate-test-"));
});
after(() => rm(folder, { recursive: true }));

test("a database that is up to date is opened as it is", async () => {
  const file = join(folder, "again.db");
  const first = await openDatabase({ file, clock: () => 5 });
  await first.jobs.create(newJob("one"));
  const tables = async ({ db }: typeof first) =>
    (await sql<{ sql: string }>`select sql from sqlite_master`.execute(db)).rows;
  const before = await tables(first);
  await first.close();
  const second = await openDatabase({ file, clock: () => 6 });
  assert.equal((await second.jobs.find(null, "one"))?.createdAt, 5);
  assert.deepEqual(await tables(second), before);
  await second.close();
});

test("a migration that fails leaves nothing of it, and succeeds once it can", async () => {
  const file = join(folder, "failed.db");
  const db = openSqlite<{ metrics: { x: number } }>({ file });
  await sql`create table metrics (x integer)`.execute(db);
  await assert.rejects(openDatabase({ file, clock: () => 5 }), { code: "INTERNAL" });
  const { rows } = await sql`select name from sqlite_master where name = 'jobs'`.execute(db);
  assert.deepEqual(rows, []);
  await db.schema.dropTable("metrics").execute();
  await db.destroy();
  const { jobs, close } = await openDatabase({ file, clock: () => 6 });
  assert.deepEqual(await jobs.unfinished(), []);
  await close();
});

test("a database of a newer version is refused and left alone", async () => {
  const file = join(folder, "newer.db");
  const { db, close } = await openDatabase({ file, clock: () => 5 });
  await sql`insert into campaign_migrations values ('999-later', '2999-01-01T00:00:00.000Z')`.execute(
    db,
  );
  await close();
  await assert.rejects(openDatabase({ file, clock: () => 6 }), {
    code: "INTERNAL",
    message: /999-later.*newer/u,
  });
});

test("jobs of the first version are there after the change to this one", async () => {
  const file = join(folder, "older.db");
  const older = openSqlite<DatabaseSchema>({ file });
  await createCampaignTables(older);
  await sql`create table campaign_migrations (name text primary key, timestamp text not null)`.execute(
    older,
  );
  await sql`insert into campaign_migrations values ('001-campaign-service', '2026-01-01T00:00:00.000Z')`.execute(
    older,
  );
  const { sealed_key: _, ...row } = newJobRow(newJob("one"), 5);
  await older
    .insertInto("jobs")
    .values(row as JobTable)
    .execute(); // as that version knew it
  await older.destroy();
  const { jobs, close } = await openDatabase({ file, clock: () => 6 });
  assert.equal((await jobs.find("acme", "one"))?.createdAt, 5);
  assert.equal(await jobs.sealedKeyOf("one"), null);
  await close();
});
