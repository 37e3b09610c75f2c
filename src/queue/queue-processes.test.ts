import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
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

const TASKS = 300;
/** After how many settled tasks each pair of workers is killed. */
const KILLS = [1, 30, 60];

let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "queue-processes-test-"));
});
after(() => rm(root, { recursive: true }));

type Settings = { concurrency: number; leaseMs: number; hold: boolean };

type Worker = {
  process: ChildProcess;
  /** All it has told so far. */
  told: FromWorker[];
  /** Resolves when it has told more than `seen` messages; rejects when it ends before. */
  more(seen: number): Promise<void>;
};

const workers: Worker[] = [];
after(() => Promise.all(workers.map(kill)));

function startWorker(file: string, { concurrency, leaseMs, hold }: Settings): Worker {
  const args = [file, String(concurrency), String(leaseMs), hold ? "hold" : "go"];
  const child = fork(CHILD, args);
  const told: FromWorker[] = [];
  let next = newMessage();
  child.on("message", (message: FromWorker) => {
    told.push(message);
    next.resolve();
    next = newMessage();
  });
  child.on("exit", (code, signal) => {
    next.reject(new Error(`the worker ended (${signal ?? code}) after ${told.length} messages`));
  });
  const more = async (seen: number): Promise<void> => {
    if (told.length <= seen) await next.promise;
  };
  const worker = { process: child, told, more };
  workers.push(worker);
  return worker;
}

function newMessage(): PromiseWithResolvers<void> {
  const next = Promise.withResolvers<void>();
  next.promise.catch(() => {}); // nobody may be waiting when the worker ends
  return next;
}

/** Its first message of that type. */
async function message<Type extends FromWorker["type"]>(
  { told, more }: Worker,
  type: Type,
): Promise<Extract<FromWorker, { type: Type }>> {
  for (;;) {
    const seen = told.length;
    const found = told.find((one) => one.type === type);
    // What is of that type is what was asked for; the compiler cannot follow.
    if (found) return found as Extract<FromWorker, { type: Type }>;
    await more(seen);
  }
}

async function kill({ process: child }: Worker): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

const settledBy = (some: readonly Worker[]): number =>
  some.flatMap(({ told }) => told).filter(({ type }) => type === "settled").length;

/** Asks again whenever a worker has told something. */
async function until(some: readonly Worker[], isSo: () => Promise<boolean>): Promise<void> {
  for (;;) {
    const seen = some.map(({ told }) => told.length);
    if (await isSo()) return;
    await Promise.race(some.map(({ more }, index) => more(seen[index] ?? 0)));
  }
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
  await queue.enqueue(tasks(TASKS));
  for (const moment of KILLS) {
    const pair = [startWorker(file, settings), startWorker(file, settings)];
    await until(pair, async () => settledBy(pair) >= moment);
    await Promise.all(pair.map(kill));
  }
  const last = startWorker(file, settings);
  await until([last], async () => {
    const { ready, leased } = await queue.stats();
    return !ready["render"] && !leased["render"];
  });
  await kill(last);
  const done = await effects();
  assert.equal(new Set(done).size, TASKS, "every task took effect");
  const underWork = 2 * settings.concurrency * KILLS.length;
  assert.ok(done.length <= TASKS + underWork, `${done.length} effects`);
  assert.equal((await queue.stats()).dead, 0);
  await close();
});

test("what a worker held that stood still past its lease is another's, and it is refused", async () => {
  const file = join(root, "stopped.db");
  const { queue, effects, close } = await open(file);
  const settings = { concurrency: 1, leaseMs: 400, hold: true };
  const stale = startWorker(file, settings);
  await message(stale, "ready");
  await queue.enqueue(tasks(1));
  await message(stale, "began");
  stale.process.kill("SIGSTOP");
  const fresh = startWorker(file, { ...settings, leaseMs: 60_000 });
  await message(fresh, "began");
  const refused = message(stale, "settled");
  stale.process.kill("SIGCONT");
  stale.process.send("0");
  assert.equal((await refused).outcome, "lost");
  assert.equal((await queue.stats()).leased["render"], 1, "the new holder still has it");
  const settled = message(fresh, "settled");
  fresh.process.send("0");
  assert.equal((await settled).outcome, "done");
  assert.deepEqual(await effects(), ["0", "0"]);
  await Promise.all([kill(stale), kill(fresh)]);
  await close();
});

test("processes that start at the same time on a new file make its tables together", async () => {
  const file = join(root, "new.db");
  const settings = { concurrency: 1, leaseMs: 1000, hold: false };
  const started = Array.from({ length: 3 }, () => startWorker(file, settings));
  await Promise.all(started.map((worker) => message(worker, "ready")));
  const { queue, close } = await open(file);
  await queue.enqueue(tasks(1));
  await Promise.race(started.map((worker) => message(worker, "settled").catch(() => null)));
  await Promise.all(started.map(kill));
  await close();
});
