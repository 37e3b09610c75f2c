import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { openSqlite } from "../database/open-sqlite.ts";
import { AppError } from "../domain/app-error.ts";
import { createRetryLater } from "../domain/retry-later.ts";
import type { LeasedTask, NewTask, TaskQueue } from "../ports/task-queue.ts";
import { migrateQueue } from "./queue-tables.ts";
import type { TaskHandler } from "./settle-task.ts";
import { createSqliteQueue } from "./sqlite-queue.ts";
import { createTaskWorker, type TaskWorker, type TaskWorkerOptions } from "./task-worker.ts";
import { createFakeTime, type FakeTime } from "./testing/fake-time.ts";

let root = "";
let files = 0;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "task-worker-test-"));
});
after(() => rm(root, { recursive: true }));

let db: ReturnType<typeof openSqlite<object>>;
let time: FakeTime;
let queue: TaskQueue;
/** What workers told: `<outcome> <key>`. */
let settled: string[];
let logged: string[];
let workers: TaskWorker[];

beforeEach(async () => {
  db = openSqlite({ file: join(root, `${files++}.db`) });
  await migrateQueue(db);
  time = createFakeTime();
  queue = createSqliteQueue({ db, clock: time.clock });
  [settled, logged, workers] = [[], [], []];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.drain({ graceMs: 0 })).concat(time.pass(0)));
  await db.destroy();
});

function start(given: Partial<TaskWorkerOptions> & Pick<TaskWorkerOptions, "handlers">) {
  const log = (_: unknown, message: string) => void logged.push(message);
  const worker = createTaskWorker({
    queue,
    concurrency: 1,
    owner: "a",
    clock: time.clock,
    timers: time.timers,
    random: () => 0,
    logger: { debug: log, info: log, warn: log, error: log },
    onSettled: ({ task, outcome }) => settled.push(`${outcome} ${task.key}`),
    ...given,
  });
  workers.push(worker);
  worker.start();
  return worker;
}

const tasks = (count: number, given: Partial<NewTask> = {}): NewTask[] =>
  Array.from({ length: count }, (_, i) => ({
    kind: "render",
    key: `${i}`,
    group: "g",
    payload: {},
    ...given,
  }));

/** A handler whose tasks run until the test ends them, or their signal aborts. */
function heldTasks() {
  const begun: { task: LeasedTask; signal: AbortSignal; end: () => void }[] = [];
  const handler: TaskHandler = {
    run: (task, { signal }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        begun.push({ task, signal, end: resolve });
      }),
  };
  return { begun, handler, at: (index: number) => begun[index] ?? assert.fail(`no task ${index}`) };
}

const failing = (code: "SPEECH_FAILED" | "NO_SPEECH") => async () => {
  throw new AppError(code, "no");
};

test("what is enqueued is done, at most as much at a time as there are places", async () => {
  const held = heldTasks();
  const worker = start({ handlers: { render: held.handler }, concurrency: 3 });
  await queue.enqueue(tasks(5));
  await time.pass(0);
  assert.equal(worker.running(), 3);
  assert.equal((await queue.stats()).leased["render"], 3, "no task is claimed without a place");
  held.at(1).end();
  await time.pass(0);
  assert.deepEqual(settled, ["done 1"]);
  assert.equal(held.begun.length, 4);
  for (const { end } of held.begun) end();
  await time.pass(0);
  held.at(4).end();
  await time.pass(0);
  assert.equal(settled.length, 5);
  assert.equal(await queue.holds("g"), false);
});

test("tasks of other kinds are left to other workers", async () => {
  start({ handlers: { render: heldTasks().handler } });
  await queue.enqueue(tasks(1, { kind: "compile" }));
  await time.pass(10_000);
  assert.deepEqual((await queue.stats()).ready, { compile: 1 });
});

test("what another process enqueues is found by looking, or at once when woken", async () => {
  const run = async () => {};
  const worker = start({ handlers: { render: { run } } });
  await time.pass(100);
  const elsewhere = createSqliteQueue({ db, clock: time.clock });
  await elsewhere.enqueue(tasks(1, { key: "first" }));
  await time.pass(399);
  assert.deepEqual(settled, []);
  await time.pass(1);
  assert.deepEqual(settled, ["done first"]);
  await elsewhere.enqueue(tasks(1, { key: "second" }));
  worker.wake();
  await time.pass(0);
  assert.deepEqual(settled, ["done first", "done second"]);
});

test("the lease of a long task is renewed as long as it runs", async () => {
  const held = heldTasks();
  start({ handlers: { render: held.handler } });
  start({ handlers: { render: held.handler }, owner: "b" });
  await queue.enqueue(tasks(1));
  await time.pass(10 * 60_000);
  assert.equal(held.begun.length, 1);
  held.at(0).end();
  await time.pass(0);
  assert.deepEqual(settled, ["done 0"]);
});

test("a task that was lost is stopped at the next renewal and says nothing more", async () => {
  const held = heldTasks();
  start({ handlers: { render: held.handler } });
  await queue.enqueue(tasks(1));
  await time.pass(0);
  await queue.reclaim(() => false);
  const [taken] = await queue.claim({ kinds: ["render"], count: 1, owner: "b", leaseMs: 60_000 });
  await time.pass(10_000);
  assert.match(String(held.at(0).signal.reason), /another worker/);
  assert.deepEqual(settled, ["lost 0"]);
  assert.equal(await queue.complete(taken ?? assert.fail()), true);
});

test("a holder that heard nothing of its loss cannot end the task, nor give it up", async () => {
  const held = heldTasks();
  const given: string[] = [];
  const late: TaskHandler = {
    run: (task, context) => held.handler.run(task, context).then(failing("NO_SPEECH")),
    giveUp: async ({ key }) => void given.push(key),
  };
  start({ handlers: { render: held.handler, late }, concurrency: 2 });
  await queue.enqueue([...tasks(1), ...tasks(1, { kind: "late", key: "late" })]);
  await time.pass(0);
  await queue.reclaim(() => false);
  const kinds = ["render", "late"];
  await queue.claim({ kinds, count: 2, owner: "b", leaseMs: 60_000 });
  for (const { end } of held.begun) end();
  await time.pass(0);
  assert.deepEqual(settled.toSorted(), ["lost 0", "lost late"]);
  assert.deepEqual(given, []);
  assert.deepEqual((await queue.stats()).leased, { render: 1, late: 1 });
});

test("a cancelled task is stopped at the next renewal and forgotten", async () => {
  const held = heldTasks();
  start({ handlers: { render: held.handler } });
  await queue.enqueue(tasks(2));
  await time.pass(0);
  await queue.cancel("g");
  await time.pass(10_000);
  assert.match(String(held.at(0).signal.reason), /cancelled/);
  assert.deepEqual(settled, ["cancelled 0"]);
  assert.equal(await queue.holds("g"), false);
});

test("what may pass is tried again after 1, 2, 4 and 8 seconds, and then given up", async () => {
  const began: number[] = [];
  const given: string[] = [];
  const first = time.clock();
  const render: TaskHandler = {
    async run() {
      began.push(time.clock() - first);
      throw new TypeError("a fault of the program");
    },
    giveUp: async (task, error) => void given.push(`${task.attempts} ${error.code}`),
  };
  start({ handlers: { render }, pollMs: 10 });
  await queue.enqueue(tasks(1));
  await time.pass(60_000);
  assert.deepEqual(began, [0, 1000, 3000, 7000, 15_000]);
  assert.deepEqual(given, ["4 INTERNAL"]);
  assert.deepEqual(settled.slice(-2), ["retried 0", "failed 0"]);
  assert.equal((await queue.stats()).dead, 1);
});

test("what cannot pass is given up at once", async () => {
  let given = 0;
  const giveUp = async () => void given++;
  start({ handlers: { render: { run: failing("NO_SPEECH"), giveUp } } });
  await queue.enqueue(tasks(1));
  await time.pass(0);
  assert.deepEqual(settled, ["failed 0"]);
  assert.equal(given, 1);
});

test("a handler says how many attempts its tasks have", async () => {
  start({ handlers: { render: { run: failing("SPEECH_FAILED"), maxAttempts: 2 } } });
  await queue.enqueue(tasks(1));
  await time.pass(60_000);
  assert.deepEqual(settled, ["retried 0", "failed 0"]);
});

test("a task that could not be given up is not forgotten", async () => {
  let refusals = 2;
  const giveUp = async () => {
    if (refusals-- > 0) throw new Error("the database is gone");
  };
  start({ handlers: { render: { run: failing("NO_SPEECH"), giveUp } } });
  await queue.enqueue(tasks(1));
  await time.pass(60_000);
  assert.deepEqual(settled, ["retried 0", "retried 0", "failed 0"]);
});

test("what came too early waits with all under its limit, and no attempt is counted", async () => {
  const notBefore = time.clock() + 30_000;
  const began: string[] = [];
  const run = async ({ key, attempts }: LeasedTask) => {
    began.push(`${key} ${attempts}`);
    if (time.clock() < notBefore) throw createRetryLater({ notBefore, limit: "voice" });
  };
  start({ handlers: { render: { run } } });
  await queue.enqueue(tasks(2, { limit: "voice" }));
  await time.pass(29_999);
  assert.deepEqual(began, ["0 0"]);
  await time.pass(501);
  assert.deepEqual(began, ["0 0", "0 0", "1 0"]);
  assert.deepEqual(settled, ["postponed 0", "done 0", "done 1"]);
});

test("without a limit only the task that came too early waits", async () => {
  const notBefore = time.clock() + 30_000;
  const run = async ({ key }: LeasedTask) => {
    if (key === "0" && time.clock() < notBefore) throw createRetryLater({ notBefore });
  };
  start({ handlers: { render: { run } } });
  await queue.enqueue(tasks(2, { limit: "voice" }));
  await time.pass(0);
  assert.deepEqual(settled, ["postponed 0", "done 1"]);
});

test("draining waits for what runs and begins nothing more", async () => {
  const held = heldTasks();
  const worker = start({ handlers: { render: held.handler }, concurrency: 2 });
  await queue.enqueue(tasks(3));
  await time.pass(0);
  let isDrained = false;
  const drained = worker.drain({ graceMs: 60_000 }).then(() => {
    isDrained = true;
  });
  held.at(0).end();
  await queue.enqueue(tasks(1, { key: "late" }));
  worker.wake();
  await time.pass(45_000);
  assert.deepEqual([held.begun.length, isDrained], [2, false]);
  held.at(1).end();
  await drained;
  assert.deepEqual(settled, ["done 0", "done 1"]);
  assert.deepEqual((await queue.stats()).ready, { render: 2 });
});

test("what still runs after the grace is aborted and handed back uncounted", async () => {
  const held = heldTasks();
  const worker = start({ handlers: { render: held.handler } });
  await queue.enqueue(tasks(1));
  await time.pass(0);
  const drained = worker.drain({ graceMs: 5000 });
  await time.pass(5000);
  await drained;
  assert.deepEqual(settled, ["returned 0"]);
  const [task] = await queue.claim({ kinds: ["render"], count: 1, owner: "b", leaseMs: 1000 });
  assert.deepEqual([task?.attempts, task?.losses], [0, 0]);
});

test("a task claimed while the drain began is handed back unbegun", async () => {
  const held = heldTasks();
  await queue.enqueue(tasks(1));
  const worker = start({ handlers: { render: held.handler } });
  await worker.drain({ graceMs: 5000 });
  assert.equal(held.begun.length, 0);
  assert.deepEqual((await queue.stats()).ready, { render: 1 });
});

test("draining a worker that does nothing, twice, ends at once", async () => {
  const worker = start({ handlers: {} });
  await Promise.all([worker.drain({ graceMs: 1000 }), worker.drain({ graceMs: 0 })]);
});

test("an unreachable queue is asked again: nothing is lost, and it is logged", async () => {
  const failures = { claim: 2, renew: 1, complete: 3 };
  const unlessLocked = async <T>(name: keyof typeof failures, call: () => Promise<T>) => {
    if (failures[name]-- > 0) throw new AppError("OVERLOADED", "locked", { retryable: true });
    return call();
  };
  const flaky: TaskQueue = {
    ...queue,
    claim: (request) => unlessLocked("claim", () => queue.claim(request)),
    renew: (task, leaseMs) => unlessLocked("renew", () => queue.renew(task, leaseMs)),
    complete: (task) => unlessLocked("complete", () => queue.complete(task)),
  };
  const held = heldTasks();
  start({ handlers: { render: held.handler }, queue: flaky });
  await queue.enqueue(tasks(1));
  await time.pass(25_000);
  held.at(0).end();
  await time.pass(5000);
  assert.deepEqual(settled, ["done 0"]);
  assert.ok(Object.values(failures).every((left) => left < 0));
  assert.equal(logged.length, 6);
});

test("a worker goes on when the queue cannot be told at all how a task ended", async () => {
  const mute: TaskQueue = {
    ...queue,
    complete: () => Promise.reject(new AppError("OVERLOADED", "locked")),
  };
  const run = async () => {};
  const worker = start({ handlers: { render: { run } }, queue: mute });
  await queue.enqueue(tasks(1));
  await time.pass(20_000);
  assert.equal(worker.running(), 0);
  assert.deepEqual(settled, ["lost 0"]);
  assert.deepEqual((await queue.stats()).leased, { render: 1 });
});

test("a listener that throws does no harm", async () => {
  const onSettled = () => {
    throw new Error("a fault of the listener");
  };
  const run = async () => {};
  const worker = start({ handlers: { render: { run } }, onSettled });
  await queue.enqueue(tasks(3));
  await time.pass(0);
  assert.equal(worker.running(), 0);
  assert.equal(await queue.holds("g"), false);
});
