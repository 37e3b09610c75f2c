import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { sql } from "kysely";
import { startJob } from "../../test/support/made-up-jobs.ts";
import { type Database, openDatabase } from "./open-database.ts";
import type { WorkerMessage } from "./testing/work-on-jobs.ts";

const CHILD = fileURLToPath(new URL("testing/work-on-jobs.ts", import.meta.url));
const ROWS = 1000;

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "database-processes-test-"));
});
after(() => rm(folder, { recursive: true }));

type Worker = { process: ChildProcess; told: WorkerMessage[]; ended: Promise<unknown[]> };

function startWorker(
  file: string,
  options: { name: string; creates?: number; order?: "reverse"; killAfter?: number },
): Worker {
  const { name, creates = 0, order = "forward", killAfter } = options;
  const child = fork(CHILD, [file, "job", name, String(creates), order]);
  const told: WorkerMessage[] = [];
  child.on("message", (message) => {
    told.push(message as WorkerMessage); // what the forked module sends
    if (told.length === killAfter) child.kill("SIGKILL");
  });
  return { process: child, told, ended: once(child, "exit") };
}

/** Counters, rows and events tell the same story, and every row ended at most once. */
async function assertSound({ db, jobs }: Database): Promise<void> {
  const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(db);
  assert.deepEqual(
    rows.map((row) => row.integrity_check),
    ["ok"],
  );
  const all = await Array.fromAsync(jobs.allRecipients("job"));
  const job = await jobs.find(null, "job");
  const count = (state: string) => all.filter((row) => row.state === state).length;
  assert.deepEqual(job?.progress, {
    total: ROWS,
    done: count("done"),
    failed: count("failed"),
    skipped: 0,
  });
  const events = await jobs.events("job", 0, 10_000);
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, index) => index + 1),
  );
  assert.equal(job?.lastEvent, events.length);
  const settled = events
    .filter(({ type }) => type === "job.progress")
    .flatMap(({ data }) => (data as { rows: number[] }).rows); // what settleRows writes
  assert.deepEqual(
    settled.toSorted((a, b) => a - b),
    all.filter(({ state }) => state === "done" || state === "failed").map(({ row }) => row),
  );
  assert.equal(events.filter(({ type }) => type === "recipient.failed").length, count("failed"));
}

test("two processes on one file lose no count, end no row twice and meet no error", async () => {
  const file = join(folder, "two.db");
  const database = await openDatabase({ file, clock: Date.now });
  await startJob(database.jobs, "job", ROWS);
  const workers = [
    startWorker(file, { name: "a", creates: 20 }),
    startWorker(file, { name: "b", creates: 20, order: "reverse" }),
  ];
  for (const { ended, told } of workers) {
    assert.deepEqual(await ended, [0, null]);
    assert.equal(told.at(-1)?.kind, "finished");
  }
  await assertSound(database);
  assert.deepEqual((await database.jobs.find(null, "job"))?.progress, {
    total: ROWS,
    done: 800,
    failed: 200,
    skipped: 0,
  });
  // Both created under the same twenty keys: each key has one job, and both were told of it.
  const created = workers.flatMap(({ told }) => told.filter(({ kind }) => kind === "created"));
  const ids = new Set(created.map((message) => ("id" in message ? message.id : "")));
  const made = created.filter((message) => "created" in message && message.created);
  assert.deepEqual([created.length, ids.size, made.length], [40, 20, 20]);
  assert.equal((await database.jobs.existing([...ids])).size, 20);
  await database.close();
});

test("processes killed midway leave a sound file with all that they had told of", async () => {
  const file = join(folder, "killed.db");
  const database = await openDatabase({ file, clock: Date.now });
  await startJob(database.jobs, "job", ROWS);
  for (const killAfter of [1, 4, 9]) {
    const victim = startWorker(file, { name: `victim ${killAfter}`, creates: 1, killAfter });
    const other = startWorker(file, { name: `other ${killAfter}`, order: "reverse", killAfter });
    assert.deepEqual(await victim.ended, [null, "SIGKILL"]);
    assert.deepEqual(await other.ended, [null, "SIGKILL"]);
    await assertSound(database);
    const { done = -1 } = (await database.jobs.find(null, "job"))?.progress ?? {};
    for (const message of [...victim.told, ...other.told]) {
      if (message.kind === "settled") assert.ok(message.done <= done, "what was told is kept");
      if (message.kind === "created") assert.ok(await database.jobs.find(null, message.id));
    }
  }
  const last = startWorker(file, { name: "last" });
  assert.deepEqual(await last.ended, [0, null]);
  await assertSound(database);
  assert.deepEqual(await database.jobs.chunks("job", 10), []);
  await database.close();
});

test("many processes that start at once on a new file bring it up to date once", async () => {
  const file = join(folder, "new.db");
  const workers = ["a", "b", "c", "d"].map((name) => startWorker(file, { name, creates: 1 }));
  for (const { ended } of workers) assert.deepEqual(await ended, [0, null]);
  const database = await openDatabase({ file, clock: Date.now });
  const { rows } = await sql<{ name: string }>`select name from campaign_migrations`.execute(
    database.db,
  );
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
  assert.equal((await database.jobs.unfinished()).length, 1);
  await database.close();
});
