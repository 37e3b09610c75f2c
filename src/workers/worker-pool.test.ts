import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createTeller, type Teller, type ToldTask } from "./testing/teller.ts";
import { createWorkerPool, type WorkerPool, type WorkerPoolOptions } from "./worker-pool.ts";

let teller: Teller;
beforeEach(async () => {
  teller = await createTeller();
});
afterEach(() => teller.close());

const { signal } = new AbortController();

/** A pool of one child, unless `options` say otherwise, that is closed at the end of the test. */
function poolFor(
  t: { after(close: () => Promise<void>): void },
  options: Partial<WorkerPoolOptions> = {},
): WorkerPool<ToldTask, unknown> {
  const pool = createWorkerPool<ToldTask, unknown>({
    name: "test worker",
    module: new URL("./testing/told-worker.ts", import.meta.url),
    size: 1,
    memoryLimitBytes: 2 ** 30,
    deadlineMs: 60_000,
    ...options,
  });
  t.after(() => pool.close());
  return pool;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const crash = (complaint = "") => ({ command: "exit", code: 7, complaint }) as const;

test("a task's result comes back as it was, typed arrays included", async (t) => {
  const pool = poolFor(t);
  const value = { name: "अमित", samples: Float32Array.of(0.5, -1), nothing: null, at: [1, 2] };
  const result = pool.run({ port: teller.port, value }, { signal });
  (await teller.caller()).tell({ command: "answer" });
  assert.deepEqual(await result, value);
  const stats = pool.stats();
  assert.deepEqual([stats.tasks, stats.deaths], [1, 0]);
  assert.ok(stats.cpuMs > 0 && stats.peakRssBytes > 2 ** 20);
});

test("tasks wait for a free child and begin in their order; one child serves many", async (t) => {
  const pool = poolFor(t, { size: 2 });
  const results = [1, 2, 3, 4, 5].map((value) =>
    pool.run({ port: teller.port, value }, { signal }),
  );
  const pids = new Set<number>();
  for (let i = 0; i < 5; i++) {
    const caller = await teller.caller();
    assert.ok(pool.pids().length <= 2);
    pids.add(caller.pid);
    caller.tell({ command: "answer" });
  }
  assert.deepEqual(await Promise.all(results), [1, 2, 3, 4, 5]);
  assert.ok(pids.size <= 2);
});

test("an error's code, message and retryability come over; the child lives on and no retry is made", async (t) => {
  const pool = poolFor(t);
  const failing = pool.run({ port: teller.port }, { signal });
  const caller = await teller.caller();
  caller.tell({ command: "fail", code: "SPEECH_FAILED", message: "busy", retryable: true });
  await assert.rejects(failing, {
    name: "AppError",
    code: "SPEECH_FAILED",
    message: "busy",
    retryable: true,
  });
  const next = pool.run({ port: teller.port, value: 1 }, { signal });
  const again = await teller.caller();
  again.tell({ command: "answer" });
  assert.equal(await next, 1);
  assert.equal(again.pid, caller.pid);
});

test("what is thrown by mistake, or cannot be sent, is INTERNAL and costs no child", async (t) => {
  const pool = poolFor(t);
  for (const [command, message] of [
    [{ command: "throw", message: "x is not a function" }, /x is not a function/],
    [{ command: "answer-with-a-function" }, /could not be cloned/],
  ] as const) {
    const failing = pool.run({ port: teller.port }, { signal });
    (await teller.caller()).tell(command);
    await assert.rejects(failing, { code: "INTERNAL", message });
  }
  assert.equal(pool.stats().deaths, 0);
});

test("a crash is tried once more, in a fresh child", async (t) => {
  const pool = poolFor(t);
  const result = pool.run({ port: teller.port, value: 5 }, { signal });
  const first = await teller.caller();
  first.tell(crash());
  const second = await teller.caller();
  second.tell({ command: "answer" });
  assert.equal(await result, 5);
  assert.notEqual(first.pid, second.pid);
  assert.equal(pool.stats().deaths, 1);
});

test("a second crash fails the task with what the child complained of, and puts its key in quarantine", async (t) => {
  const pool = poolFor(t);
  const blamed = { signal, quarantineKey: "bad.mp4" };
  const result = pool.run({ port: teller.port }, blamed);
  for (let i = 0; i < 2; i++) {
    const trace =
      "x.ts:3\n  throw\n  ^\n\nError: free(): invalid pointer\n    at x.ts:3\n\nNode.js v24.1\n";
    (await teller.caller()).tell(crash(trace));
  }
  const refused = {
    code: "WORKER_CRASHED",
    message:
      "the test worker ended (exit code 7: Error: free(): invalid pointer) on bad.mp4, twice",
  };
  await assert.rejects(result, refused);
  const before = teller.calls();
  await assert.rejects(pool.run({ port: teller.port }, blamed), refused);
  assert.equal(teller.calls(), before, "no child was bothered");
  const other = pool.run({ port: teller.port, value: 1 }, { signal, quarantineKey: "good.mp4" });
  (await teller.caller()).tell({ command: "answer" });
  assert.equal(await other, 1);
});

test("a quarantine is over after its time, and names the subject at hand, not the key", async (t) => {
  const moment = { now: 0 };
  const pool = poolFor(t, { quarantineMs: 1000, clock: () => moment.now });
  const blamed = (subject: string) => ({ signal, quarantineKey: "sha256", subject });
  const first = pool.run({ port: teller.port }, blamed("mine.mp4"));
  for (let i = 0; i < 2; i++) (await teller.caller()).tell(crash());
  await assert.rejects(first, { message: /on mine\.mp4, twice$/ });
  moment.now = 999;
  await assert.rejects(pool.run({ port: teller.port }, blamed("yours.mp4")), {
    code: "WORKER_CRASHED",
    message: "the test worker ended (exit code 7) on yours.mp4, twice",
  });
  moment.now = 1000;
  const again = pool.run({ port: teller.port, value: 1 }, blamed("yours.mp4"));
  (await teller.caller()).tell({ command: "answer" });
  assert.equal(await again, 1);
});

test("a higher priority goes first, tasks of one priority in their order", async (t) => {
  const pool = poolFor(t);
  const ended: unknown[] = [];
  const run = (value: string, priority?: number) =>
    pool
      .run(
        { port: teller.port, value },
        { signal, ...(priority === undefined ? {} : { priority }) },
      )
      .then((result) => ended.push(result));
  const all = [run("running"), run("a"), run("low", -1), run("b"), run("urgent", 2)];
  all.push(run("c", 0), run("preview", 1), run("urgent too", 2));
  for (const _ of all) (await teller.caller()).tell({ command: "answer" });
  await Promise.all(all);
  assert.deepEqual(ended, ["running", "urgent", "urgent too", "preview", "a", "b", "c", "low"]);
});

test("a second try goes before what waits, but not before a higher priority", async (t) => {
  const pool = poolFor(t);
  const ended: unknown[] = [];
  const run = (value: string, priority: number) =>
    pool
      .run({ port: teller.port, value }, { signal, priority })
      .then((result) => ended.push(result));
  const all = [run("crashed", 0), run("waiting", 0), run("urgent", 1)];
  (await teller.caller()).tell(crash());
  for (const _ of all) (await teller.caller()).tell({ command: "answer" });
  await Promise.all(all);
  assert.deepEqual(ended, ["urgent", "crashed", "waiting"]);
});

test("the overall deadline ends a task at work, with its child, and is no reason for a second try", async (t) => {
  const pool = poolFor(t);
  const warm = pool.run({ port: teller.port }, { signal });
  (await teller.caller()).tell({ command: "answer" });
  await warm;
  const limits = { signal, overallDeadlineMs: 300, quarantineKey: "slow.mp4" };
  await assert.rejects(pool.run({ port: teller.port }, limits), {
    code: "WORKER_TIMEOUT",
    message: "the test worker took longer than 0.3 s on slow.mp4",
    retryable: false,
  });
  const next = pool.run({ port: teller.port, value: 1 }, { signal, quarantineKey: "slow.mp4" });
  const told = [await teller.caller(), await teller.caller()];
  await told[0]?.gone;
  told[1]?.tell({ command: "answer" });
  assert.equal(await next, 1);
  assert.equal(teller.calls(), 3);
});

test("the overall deadline counts the wait for a free child, which another time may be short", async (t) => {
  const pool = poolFor(t);
  const running = pool.run({ port: teller.port, value: 1 }, { signal });
  const caller = await teller.caller();
  await assert.rejects(pool.run({ port: teller.port }, { signal, overallDeadlineMs: 20 }), {
    code: "WORKER_TIMEOUT",
    message: "no test worker was free within 0.02 s: try again later",
    retryable: true,
  });
  caller.tell({ command: "answer" });
  assert.equal(await running, 1);
  assert.equal(teller.calls(), 1);
});

test("a crash costs the tasks of other children nothing", async (t) => {
  const pool = poolFor(t, { size: 2 });
  const [a, b] = [1, 2].map((value) => pool.run({ port: teller.port, value }, { signal }));
  const first = await teller.caller();
  const other = await teller.caller();
  first.tell(crash());
  (await teller.caller()).tell({ command: "answer" });
  other.tell({ command: "answer" });
  assert.deepEqual(await Promise.all([a, b]), [1, 2]);
});

test("a child that is killed from outside during a task costs a second try only", async (t) => {
  const pool = poolFor(t);
  const result = pool.run({ port: teller.port, value: 3 }, { signal });
  const first = await teller.caller();
  process.kill(first.pid, "SIGKILL");
  await first.gone;
  (await teller.caller()).tell({ command: "answer" });
  assert.equal(await result, 3);
});

test("a child that was killed while it was idle is replaced", async (t) => {
  const pool = poolFor(t);
  const first = pool.run({ port: teller.port, value: 1 }, { signal });
  const idle = await teller.caller();
  idle.tell({ command: "answer" });
  await first;
  process.kill(idle.pid, "SIGKILL");
  const next = pool.run({ port: teller.port, value: 2 }, { signal });
  (await teller.caller()).tell({ command: "answer" });
  assert.equal(await next, 2);
});

test("children that are killed at once, one of them idle, cost a task one try only", async (t) => {
  const pool = poolFor(t, { size: 2 });
  const [task, other] = [1, 2].map((value) => pool.run({ port: teller.port, value }, { signal }));
  const [busy, idle] = [await teller.caller(), await teller.caller()];
  idle.tell({ command: "answer" });
  await Promise.race([task, other]);
  process.kill(busy.pid, "SIGKILL");
  process.kill(idle.pid, "SIGKILL");
  void teller.caller().then((again) => again.tell({ command: "answer" }));
  assert.deepEqual(await Promise.all([task, other]), [1, 2]);
});

test("a task that takes longer than its deadline twice is ended with its child", async (t) => {
  const pool = poolFor(t, { module: new URL("./testing/spinning-worker.ts", import.meta.url) });
  await assert.rejects(pool.run({ port: 0 }, { signal, deadlineMs: 200 }), {
    code: "WORKER_TIMEOUT",
    message: "the test worker took longer than 0.2 s, twice",
  });
  assert.equal(pool.stats().deaths, 2);
  assert.deepEqual(pool.pids(), []);
});

test("a child that hangs while it starts does not hold its task for ever", async (t) => {
  const module = new URL("./testing/hanging-start.ts", import.meta.url);
  const pool = poolFor(t, { module, startDeadlineMs: 200 });
  await assert.rejects(pool.run({ port: 0 }, { signal }), {
    code: "WORKER_TIMEOUT",
    message: "the test worker did not start within 0.2 s, twice",
  });
});

test("a child that cannot start fails its task with the reason", async (t) => {
  const module = new URL("./testing/failing-start.ts", import.meta.url);
  const pool = poolFor(t, { module });
  await assert.rejects(pool.run({ port: 0 }, { signal }), {
    code: "WORKER_CRASHED",
    message: /exit code 1: Error: the engine is not installed\), twice$/,
  });
});

test("a child that passes its memory limit is ended", async (t) => {
  const pool = poolFor(t, { memoryLimitBytes: 200 * 2 ** 20 });
  const result = pool.run({ port: teller.port }, { signal });
  const settled = assert.rejects(result, {
    code: "WORKER_MEMORY",
    message: "the test worker needed more than 200 MB of memory, twice",
  });
  for (let i = 0; i < 2; i++) {
    (await teller.caller()).tell({ command: "grow", bytes: 320 * 2 ** 20 });
  }
  await settled;
});

test("an abort rejects at once, ends the child and does not try again", async (t) => {
  const pool = poolFor(t);
  const abort = new AbortController();
  const result = pool.run({ port: teller.port }, { signal: abort.signal });
  const caller = await teller.caller();
  caller.tell({ command: "spin" });
  abort.abort();
  await assert.rejects(result, { code: "CANCELLED" });
  await caller.gone;
  const next = pool.run({ port: teller.port, value: 4 }, { signal });
  const fresh = await teller.caller();
  fresh.tell({ command: "answer" });
  assert.equal(await next, 4);
  assert.notEqual(fresh.pid, caller.pid);
  assert.equal(pool.stats().deaths, 0, "a child ended on purpose is no death");
});

test("a child that is given time ends an aborted task by itself and serves the next one", async (t) => {
  const pool = poolFor(t);
  const abort = new AbortController();
  const options = { signal: abort.signal, cancelGraceMs: 60_000, quarantineKey: "long text" };
  const result = pool.run({ port: teller.port }, options);
  const first = await teller.caller();
  first.tell({ command: "work-until-cancelled" });
  abort.abort();
  await assert.rejects(result, { code: "CANCELLED" });
  const next = pool.run({ port: teller.port, value: 2 }, { signal });
  const second = await teller.caller();
  second.tell({ command: "answer" });
  assert.equal(await next, 2);
  assert.equal(second.pid, first.pid);
  assert.equal(pool.stats().deaths, 0);
});

test("a child that does not end an aborted task in its time is ended, and its task is not tried again", async (t) => {
  const pool = poolFor(t);
  const abort = new AbortController();
  const result = pool.run({ port: teller.port }, { signal: abort.signal, cancelGraceMs: 20 });
  const first = await teller.caller();
  first.tell({ command: "spin" });
  abort.abort();
  await assert.rejects(result, { code: "CANCELLED" });
  await first.gone;
  const next = pool.run({ port: teller.port, value: 2 }, { signal });
  (await teller.caller()).tell({ command: "answer" });
  assert.equal(await next, 2);
  assert.equal(teller.calls(), 2);
});

test("a crash within the time of an aborted task is no reason for a second try", async (t) => {
  const pool = poolFor(t);
  const abort = new AbortController();
  const result = pool.run({ port: teller.port }, { signal: abort.signal, cancelGraceMs: 60_000 });
  const first = await teller.caller();
  abort.abort();
  await assert.rejects(result, { code: "CANCELLED" });
  first.tell(crash());
  await first.gone;
  const next = pool.run({ port: teller.port, value: 2 }, { signal });
  (await teller.caller()).tell({ command: "answer" });
  assert.equal(await next, 2);
  assert.equal(teller.calls(), 2);
});

test("a task that is aborted while it waits, or before, never begins", async (t) => {
  const pool = poolFor(t);
  const running = pool.run({ port: teller.port, value: 1 }, { signal });
  const abort = new AbortController();
  const waiting = pool.run({ port: teller.port, value: 2 }, { signal: abort.signal });
  abort.abort();
  await assert.rejects(waiting, { code: "CANCELLED" });
  await assert.rejects(pool.run({ port: teller.port }, { signal: abort.signal }), {
    code: "CANCELLED",
  });
  const calls = teller.calls();
  (await teller.caller()).tell({ command: "answer" });
  assert.equal(await running, 1);
  assert.ok(teller.calls() <= calls + 1);
});

test("closing ends running and waiting tasks and every child, and refuses new tasks", async (t) => {
  const pool = poolFor(t, { size: 2 });
  const tasks = [1, 2, 3].map((value) => pool.run({ port: teller.port, value }, { signal }));
  const rejected = tasks.map((task) => assert.rejects(task, { code: "CANCELLED" }));
  const callers = [await teller.caller(), await teller.caller()];
  callers[0]?.tell({ command: "spin" });
  await pool.close();
  await Promise.all(rejected);
  for (const { pid } of callers) assert.equal(isAlive(pid), false);
  assert.deepEqual(pool.pids(), []);
  await assert.rejects(pool.run({ port: teller.port }, { signal }), /pool is closed/);
  await pool.close();
});

test("children get none of the parent's secrets", async (t) => {
  process.env["ELEVENLABS_API_KEY"] = "sk-very-secret";
  process.env["NODE_OPTIONS"] = "--no-warnings";
  t.after(() => {
    delete process.env["ELEVENLABS_API_KEY"];
    delete process.env["NODE_OPTIONS"];
  });
  const pool = poolFor(t);
  const result = pool.run({ port: teller.port }, { signal });
  (await teller.caller()).tell({ command: "environment" });
  const environment = JSON.stringify(await result);
  assert.match(environment, /"PATH"/);
  assert.doesNotMatch(environment, /secret|ELEVENLABS|NODE_OPTIONS/);
});

test("Ctrl-C, which reaches the whole group, ends no child", {
  skip: process.platform === "win32",
}, async (t) => {
  const pool = poolFor(t);
  const result = pool.run({ port: teller.port, value: 1 }, { signal });
  const caller = await teller.caller();
  process.kill(caller.pid, "SIGINT");
  caller.tell({ command: "answer" });
  assert.equal(await result, 1);
  assert.equal(pool.stats().deaths, 0);
});

function startParent(tasks: number, worker = "told-worker.ts") {
  const module = fileURLToPath(new URL("./testing/pool-parent.ts", import.meta.url));
  return fork(module, [String(teller.port), String(tasks), worker], { stdio: "ignore" });
}

test("idle children do not keep their parent alive, and end with it", async () => {
  const parent = startParent(1);
  parent.disconnect();
  const ended = once(parent, "exit");
  const caller = await teller.caller();
  caller.tell({ command: "answer" });
  assert.deepEqual(await ended, [0, null]);
  await caller.gone;
});

test("children of a child do not outlive the first of the line, though all of them hang", async () => {
  const parent = startParent(1, "nesting-worker.ts");
  const between = await teller.caller();
  const last = await teller.caller();
  for (const caller of [between, last]) caller.tell({ command: "spin" });
  const killedAt = performance.now();
  parent.kill("SIGKILL");
  await Promise.all([between.gone, last.gone]);
  assert.ok(performance.now() - killedAt < 2000);
});

test("children do not outlive a parent that is killed, whether they wait or never look up", async () => {
  const parent = startParent(2);
  const busy = await teller.caller();
  const waiting = await teller.caller();
  busy.tell({ command: "spin" });
  parent.kill("SIGKILL");
  await Promise.all([busy.gone, waiting.gone]); // nobody need have collected what is left of them
});
