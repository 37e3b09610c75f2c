import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createPace, type PaceOptions } from "./pace.ts";

const signal = new AbortController().signal;

/** A clock that only `wait` moves, and a pace on it. */
function paced(options: Partial<PaceOptions> = {}) {
  const time = { now: 0 };
  const waits: number[] = [];
  const pace = createPace({
    concurrency: 3,
    clock: () => time.now,
    wait: async (ms) => {
      waits.push(ms);
      time.now = Math.max(time.now, time.now + ms);
    },
    ...options,
  });
  return { pace, time, waits };
}

/** Work that ends when the test says so. */
function heldWork() {
  const begun: number[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  return {
    begun,
    work: (number: number) => async () => {
      begun.push(number);
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      await gate.promise;
      return number;
    },
    endOne: async () => {
      gates.shift()?.resolve();
      await setImmediate();
    },
  };
}

test("so many run at a time, the others follow in the order of their calls, and none is lost", async () => {
  const { pace } = paced();
  const { work, begun, endOne } = heldWork();
  const all = Promise.all([1, 2, 3, 4, 5, 6, 7].map((number) => pace.run(work(number), signal)));
  await setImmediate();
  assert.deepEqual(begun, [1, 2, 3]);
  await endOne();
  assert.deepEqual(begun, [1, 2, 3, 4]);
  for (let ended = 1; ended < 7; ended++) await endOne();
  assert.deepEqual(await all, [1, 2, 3, 4, 5, 6, 7]);
});

test("a failure of one is its own and gives its place on", async () => {
  const { pace } = paced({ concurrency: 1 });
  const failing = pace.run(() => Promise.reject(new Error("no")), signal);
  const next = pace.run(async () => "next", signal);
  await assert.rejects(failing, /no/);
  assert.equal(await next, "next");
});

test("a complaint lowers the number by one and holds everything back for as long as it says", async () => {
  const { pace, time, waits } = paced();
  await pace.run(async () => pace.slowDown(2000), signal);
  assert.equal(pace.concurrency, 2);
  assert.equal(await pace.run(async () => time.now, signal), 2000);
  assert.deepEqual(waits, [2000]);
});

test("what waits for a place when a complaint comes waits for its end, too", async () => {
  const { pace, time } = paced({ concurrency: 1 });
  const begun: number[] = [];
  const complaint = pace.run(async () => pace.slowDown(500), signal);
  const others = [1, 2].map(() => pace.run(async () => begun.push(time.now), signal));
  await Promise.all([complaint, ...others]);
  assert.deepEqual(begun, [500, 500]);
});

test("several complaints about requests of one moment count once, a later one again", async () => {
  const { pace, time } = paced({ concurrency: 5 });
  const begunAt = time.now;
  time.now = 100;
  for (let refused = 0; refused < 4; refused++) pace.slowDown(300, begunAt);
  assert.equal(pace.concurrency, 4);
  time.now = 1000;
  pace.slowDown(300, 900);
  assert.equal(pace.concurrency, 3);
});

test("the longest of several complaints holds, and it never falls below one at a time", async () => {
  const { pace, time } = paced({ concurrency: 2 });
  for (const ms of [100, 5000, 200]) {
    time.now += 1;
    pace.slowDown(ms);
  }
  assert.equal(pace.concurrency, 1);
  assert.equal(await pace.run(async () => time.now, signal), 5002);
});

test("twenty served in a row let one more run, up to where it began and no further", () => {
  const { pace, time } = paced();
  for (const now of [1, 2]) {
    time.now = now;
    pace.slowDown(0);
  }
  assert.equal(pace.concurrency, 1);
  const serve = (times: number) => {
    for (let served = 0; served < times; served++) pace.wentWell();
  };
  serve(19);
  assert.equal(pace.concurrency, 1);
  serve(1);
  assert.equal(pace.concurrency, 2);
  serve(19);
  time.now = 3;
  pace.slowDown(0); // the row is broken
  serve(19);
  assert.equal(pace.concurrency, 1);
  serve(100);
  assert.equal(pace.concurrency, 3);
});

test("what a provider allows is kept to, but never more than configured", () => {
  const { pace } = paced({ concurrency: 4 });
  const allowed = (concurrency: number) => {
    pace.allow(concurrency);
    for (let served = 0; served < 100; served++) pace.wentWell();
    return pace.concurrency;
  };
  assert.deepEqual([2, 2.7, 3, 99, 0, -3, Number.NaN].map(allowed), [2, 2, 3, 4, 1, 1, 1]);
});

test("a request cancelled while it waits for a place never runs, and the others do", async () => {
  const { pace } = paced({ concurrency: 1 });
  const { work, begun, endOne } = heldWork();
  const controller = new AbortController();
  const first = pace.run(work(1), signal);
  const cancelled = pace.run(work(2), controller.signal);
  const third = pace.run(work(3), signal);
  controller.abort();
  await assert.rejects(cancelled, { code: "CANCELLED" });
  await endOne();
  await endOne();
  assert.deepEqual([await first, await third, begun], [1, 3, [1, 3]]);
});

test("a request cancelled while everything is held back never runs, and leaves no timer", async (t) => {
  t.mock.timers.enable({ apis: ["Date"] });
  const pace = createPace({ concurrency: 2 });
  pace.slowDown(3_600_000);
  const controller = new AbortController();
  const held = pace.run(async () => assert.fail("it ran"), controller.signal);
  await setImmediate();
  assert.equal(timersLeft(), 1);
  controller.abort();
  await assert.rejects(held, { code: "CANCELLED" });
  assert.equal(timersLeft(), 0);
});

test("no more begin within any minute than configured", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const pace = createPace({ concurrency: 10, perMinute: 3 });
  const begun: number[] = [];
  const note = () => pace.run(async () => begun.push(Date.now()), signal);
  const all = [note(), note()];
  for (let ms = 0; ms <= 180_000; ms += 10_000) {
    if (ms === 50_000) all.push(note(), note(), note(), note());
    await setImmediate();
    t.mock.timers.tick(10_000);
  }
  await Promise.all(all);
  assert.deepEqual(begun, [0, 0, 50_000, 60_000, 60_000, 110_000]);
});

function timersLeft(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
}
