import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createGate, forEachConcurrently } from "./limit-concurrency.ts";

test("a gate lets as many through as it may, in the order of their calls", async () => {
  const gate = createGate(3);
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      gate(async () => {
        begun.push(i);
        most = Math.max(most, ++running);
        await setImmediate();
        running--;
        return i * i;
      }),
    ),
  );
  assert.equal(most, 3);
  assert.deepEqual(begun, [...Array(20).keys()]);
  assert.equal(results[19], 361);
});

test("work that fails frees its place in the gate", async () => {
  const gate = createGate(1);
  const failing = gate(() => Promise.reject(new Error("broken")));
  const next = gate(async () => "done");
  await assert.rejects(failing, /broken/);
  assert.equal(await next, "done");
});

test("every item is worked on once, at most so many at a time", async () => {
  const seen: number[] = [];
  let running = 0;
  let most = 0;
  await forEachConcurrently(Array(50).keys(), 4, async (item) => {
    most = Math.max(most, ++running);
    await setImmediate();
    running--;
    seen.push(item);
  });
  assert.equal(most, 4);
  assert.deepEqual(
    seen.toSorted((a, b) => a - b),
    [...Array(50).keys()],
  );
});

test("after a failure nothing new begins, and what had begun ends first", async () => {
  let begun = 0;
  let ended = 0;
  const attempt = forEachConcurrently(Array(50).keys(), 4, async (item) => {
    begun++;
    await setImmediate();
    ended++;
    if (item === 5) throw new Error("item 5");
  });
  await assert.rejects(attempt, /item 5/);
  assert.equal(begun, ended);
  assert.ok(begun < 12, `${begun} were begun`);
});
