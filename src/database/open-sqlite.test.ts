import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { type Kysely, sql } from "kysely";
import { openSqlite } from "./open-sqlite.ts";

type Schema = { notes: { id: number; text: string } };

let folder = "";
let file = "";
let db: Kysely<Schema>;
let files = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "open-sqlite-test-"));
});
after(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  file = join(folder, `${files++}.db`);
  db = openSqlite<Schema>({ file });
  await sql`create table notes (id integer primary key, text text not null)`.execute(db);
});
afterEach(() => db.destroy());

/** What another process would see and do, without waiting. */
function stranger(): DatabaseSync {
  return new DatabaseSync(file, { timeout: 0 });
}

const texts = async () =>
  (await db.selectFrom("notes").selectAll().orderBy("id").execute()).map(({ text }) => text);

test("what is committed outlasts a power cut, and readers do not wait for writers", async () => {
  const pragma = async (name: string) => {
    const { rows } = await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(db);
    return Object.values(rows[0] ?? {})[0];
  };
  assert.equal(await pragma("journal_mode"), "wal");
  assert.equal(await pragma("synchronous"), 2); // FULL
  assert.equal(await pragma("foreign_keys"), 1);
  assert.equal(await pragma("busy_timeout"), 10_000);
});

test("a transaction that has only read keeps others from writing before it writes", async () => {
  const other = stranger();
  await db.transaction().execute(async (trx) => {
    await trx.selectFrom("notes").selectAll().execute();
    const write = () => other.exec("insert into notes values (1, 'theirs')");
    assert.throws(write, /database is locked/u);
    await trx.insertInto("notes").values({ id: 1, text: "ours" }).execute();
  });
  assert.deepEqual({ ...other.prepare("select text from notes").get() }, { text: "ours" });
  other.close();
});

test("others read the former state while a transaction goes on", async () => {
  const other = stranger();
  await db.transaction().execute(async (trx) => {
    await trx.insertInto("notes").values({ id: 1, text: "ours" }).execute();
    assert.deepEqual(other.prepare("select text from notes").all(), []);
  });
  other.close();
});

test("a transaction that throws leaves nothing, and work goes on", async () => {
  const thrown = new Error("stop");
  const work = db.transaction().execute(async (trx) => {
    await trx.insertInto("notes").values({ id: 1, text: "gone" }).execute();
    throw thrown;
  });
  await assert.rejects(work, thrown);
  await db.insertInto("notes").values({ id: 2, text: "kept" }).execute();
  assert.deepEqual(await texts(), ["kept"]);
});

test("transactions begun at the same time follow each other", async () => {
  const append = (letter: string) =>
    db.transaction().execute(async (trx) => {
      const all = await trx.selectFrom("notes").selectAll().execute();
      await trx
        .insertInto("notes")
        .values({ id: all.length + 1, text: letter })
        .execute();
    });
  await Promise.all([..."abcdef"].map(append));
  assert.deepEqual(await texts(), [..."abcdef"]);
});

test("a statement returns rows whether it reads or writes, and says how many it changed", async () => {
  const values = [1, 2, 3].map((id) => ({ id, text: `note ${id}` }));
  const inserted = await db.insertInto("notes").values(values).returning("id").execute();
  assert.deepEqual(
    inserted.map(({ id }) => id),
    [1, 2, 3],
  );
  const update = db.updateTable("notes").set({ text: "new" }).where("id", ">", 1);
  assert.equal((await update.executeTakeFirst()).numUpdatedRows, 2n);
});

test("statements work after many others and after the table has changed", async () => {
  for (let i = 0; i < 300; i++) await sql`select ${sql.raw(String(i))} as n`.execute(db);
  await db.insertInto("notes").values({ id: 1, text: "a" }).execute();
  assert.deepEqual(await texts(), ["a"]);
  await sql`alter table notes add column more text default 'm'`.execute(db);
  const [row] = await db.selectFrom("notes").selectAll().orderBy("id").execute();
  assert.deepEqual({ ...row }, { id: 1, text: "a", more: "m" });
});

test("a full disk is DISK_FULL, undoes the transaction, and work goes on when there is room", async () => {
  await sql`pragma max_page_count = 20`.execute(db);
  const insert = (text: string) =>
    db.transaction().execute(async (trx) => {
      await trx.insertInto("notes").values({ id: 1, text: "first" }).execute();
      await trx.insertInto("notes").values({ id: 2, text }).execute();
    });
  await assert.rejects(insert("x".repeat(1_000_000)), { code: "DISK_FULL" });
  assert.deepEqual(await texts(), []);
  await insert("small");
  assert.deepEqual(await texts(), ["first", "small"]);
});

test("a file that is no database is named in the error", async () => {
  const wrong = join(folder, "wrong.db");
  await writeFile(wrong, "this is a text and no database at all\n".repeat(100));
  assert.throws(() => openSqlite({ file: wrong }), {
    code: "FILE_UNREADABLE",
    message: /wrong\.db/u,
  });
});

test("a file in a folder that is not there is named in the error", () => {
  const nowhere = join(folder, "none", "new.db");
  assert.throws(() => openSqlite({ file: nowhere }), {
    code: "OUTPUT_UNWRITABLE",
    message: /new\.db/u,
  });
});
