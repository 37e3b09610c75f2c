import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { on, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { sql } from "kysely";
import { openSqlite } from "../database/open-sqlite.ts";
import { migrateQueue } from "./queue-tables.ts";
import { createSqliteQueue } from "./sqlite-queue.ts";
import type { FromWorker } from "./testing/worker-process.ts";

const CHILD = fileURLToPath(new URL("testing/worker-process.ts", import.meta.url));

let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "queue-processes-test-"));
});
after(() => rm(root, { recursive: true }));

type Settings = { concurrency: number; leaseMs: number; hold: boolean };

function startWorker(file: string, { concurrency, leaseMs, hold }: Settings): ChildProcess {
  return fork(CHILD, [file, String(concurrency), String(leaseMs), hold ? "hold" : "go"]);
}

/** Resolves with the `count`th message of that type from now on. */
async function told<Type extends FromWorker["type"]>(
  worker: ChildProcess,
  type: Type,
  count = 1,
): Promise<Extract<FromWorker, { type: Type }>> {
  let seen = 0;
  for await (const [message] of on(worker, "message", { close: ["exit"] })) {
    if (message.type === type && ++seen === count) return message;
  }
  throw new Error(`the worker ended after ${seen} of ${count} messages: ${type}`);
}

async function kill(worker: ChildProcess): Promise<void> {
  const exit = once(worker, "exit");
  worker.kill("SIGKILL");
  await exit;
}

async function open(file: string) {
  const db = openSqlite<object>({ file });
  await migrateQueue(db);
  const queue = createSqliteQueue({ db, clock: Date.now });
  const effects = async () =>
    (await sql<{ key: string }>`select key from effects`.execute(db)).rows.map(({ key }) => key);
  return { queue, effects, close: () => db.destroy() };
}

const tasks = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    kind: "render",
    key: `${i}`,
    group: `g${i % 7}`,
    payload: {},
  }));

test("workers killed at any moment lose no task, and do none twice that was not under work", async () => {
  const file = join(root, "killed.db");
  const settings = { concurrency: 4, leaseMs: 60_000, hold: false };
  const { queue, effects, close } = await open(file);
  await queue.enqueue(tasks(600));
  let steady = startWorker(file, settings);
  const kills = [1, 40, 90];
  for (const moment of kills) {
    const victim = startWorker(file, settings);
    await told(victim, "settled", moment);
    await kill(victim);
  }
  await kill(steady);
  steady = startWorker(file, settings);
  for await (const _ of on(steady, "message")) {
    const { ready, leased } = await queue.stats();
    if (!ready["render"] && !leased["render"]) break;
  }
  await kill(steady);
  const done = await effects();
  assert.equal(new Set(done).size, 600, "every task took effect");
  assert.ok(done.length <= 600 + 4 * (kills.length + 1), `${done.length} effects`);
  assert.equal((await queue.stats()).dead, 0);
  await close();
});

test("what a worker held that stood still past its lease is another's, and it is refused", async () => {
  const file = join(root, "stopped.db");
  const { queue, effects, close } = await open(file);
  const settings = { concurrency: 1, leaseMs: 400, hold: true };
  const stale = startWorker(file, settings);
  await told(stale, "ready");
  await queue.enqueue(tasks(1));
  await told(stale, "began");
  stale.kill("SIGSTOP");
  const fresh = startWorker(file, { ...settings, leaseMs: 60_000 });
  await told(fresh, "began");
  const refused = told(stale, "settled");
  stale.kill("SIGCONT");
  stale.send("0");
  assert.equal((await refused).outcome, "lost");
  assert.equal((await queue.stats()).leased["render"], 1, "the new holder still has it");
  const settled = told(fresh, "settled");
  fresh.send("0");
  assert.equal((await settled).outcome, "done");
  assert.deepEqual(await effects(), ["0", "0"]);
  await Promise.all([kill(stale), kill(fresh)]);
  await close();
});

test("processes that start at the same time on a new file make its tables together", async () => {
  const file = join(root, "new.db");
  const settings = { concurrency: 1, leaseMs: 1000, hold: false };
  const workers = Array.from({ length: 3 }, () => startWorker(file, settings));
  await Promise.all(workers.map((worker) => told(worker, "ready")));
  const { queue, close } = await open(file);
  await queue.enqueue(tasks(1));
  await Promise.race(workers.map((worker) => told(worker, "settled")));
  await Promise.all(workers.map(kill));
  await close();
});
