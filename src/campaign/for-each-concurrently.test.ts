import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { forEachConcurrently } from "./for-each-concurrently.ts";

const items = (count: number) => [...Array(count).keys()];

test("every item is worked on once and begun in order, at most so many at once", async () => {
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  await forEachConcurrently(items(40), 4, async (item) => {
    begun.push(item);
    most = Math.max(most, ++running);
    await setImmediate();
    running--;
  });
  assert.equal(most, 4);
  assert.deepEqual(begun, items(40));
});

test("a slow item holds up no other", async () => {
  let release = (): void => {};
  const slow = new Promise<void>((resolve) => {
    release = resolve;
  });
  let others = 0;
  await forEachConcurrently(items(10), 2, async (item) => {
    if (item === 0) return slow;
    if (++others === 9) release();
  });
  assert.equal(others, 9);
});

test("after a failure nothing new begins, what had begun ends, and the first failure is thrown", async () => {
  let begun = 0;
  let ended = 0;
  const attempt = forEachConcurrently(items(50), 4, async (item) => {
    begun++;
    await setImmediate();
    ended++;
    if (item === 5 || item === 6) throw new Error(`item ${item}`);
  });
  await assert.rejects(attempt, /item 5/);
  assert.equal(begun, ended);
  assert.ok(begun < 12, `${begun} were begun`);
});

test("no items are no work, and a concurrency below one is one", async () => {
  await forEachConcurrently([], 4, () => assert.fail("there is nothing to do"));
  const done: number[] = [];
  await forEachConcurrently([1, 2], 0, async (item) => {
    done.push(item);
  });
  assert.deepEqual(done, [1, 2]);
});
