import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createGpuTurns } from "./gpu-turns.ts";

const never = new AbortController().signal;

/** Work that ends when it is told to. */
function work() {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { promise, resolve, reject };
}

test("each device has one run at a time, and the next one gets the device that is free", async () => {
  const turns = createGpuTurns({ devices: ["0", "2", "0"] });
  const works = [work(), work(), work()];
  const devices: string[] = [];
  const runs = works.map(({ promise }) =>
    turns.run(async (device) => {
      devices.push(device);
      await promise;
      return device;
    }, never),
  );
  await setImmediate();
  assert.deepEqual(devices, ["0", "2"]);
  assert.deepEqual([turns.idle(), turns.waiting], [[], 1]);
  works[1]?.resolve();
  await runs[1];
  await setImmediate();
  assert.deepEqual(devices, ["0", "2", "2"]);
  for (const { resolve } of works) resolve();
  assert.deepEqual(await Promise.all(runs), ["0", "2", "2"]);
  assert.deepEqual(turns.idle().toSorted(), ["0", "2"]);
});

test("who gives up while waiting leaves the queue, and never runs", async () => {
  const turns = createGpuTurns({ devices: ["0"] });
  const first = work();
  const running = turns.run(() => first.promise, never);
  const controller = new AbortController();
  let ran = false;
  const waiting = turns.run(async () => {
    ran = true;
  }, controller.signal);
  await setImmediate();
  assert.equal(turns.waiting, 1);
  controller.abort();
  await assert.rejects(waiting, { code: "CANCELLED" });
  first.resolve();
  await running;
  await setImmediate();
  assert.deepEqual([ran, turns.waiting, turns.idle()], [false, 0, ["0"]]);
  await assert.rejects(
    turns.run(async () => {}, controller.signal),
    { code: "CANCELLED" },
  );
});

test("a device is kept until what runs on it has cleared up after an abort", async () => {
  const turns = createGpuTurns({ devices: ["0"] });
  const controller = new AbortController();
  const first = work();
  const running = turns.run(() => first.promise, controller.signal);
  await setImmediate();
  controller.abort();
  await setImmediate();
  assert.deepEqual(turns.idle(), []);
  first.reject(new Error("ended"));
  await assert.rejects(running, /ended/);
  assert.deepEqual(turns.idle(), ["0"]);
});

test("without a device there are no turns", () => {
  assert.throws(() => createGpuTurns({ devices: [] }), { code: "INVALID_OPTION" });
});
