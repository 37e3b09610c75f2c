import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { untilAborted } from "./until-aborted.ts";

const all = (source: AsyncIterable<number> | Iterable<number>, signal?: AbortSignal) =>
  Array.fromAsync(untilAborted(source, signal, "counting"));

test("a source that is not cancelled passes whole, and nothing goes on listening", async () => {
  const { signal } = new AbortController();
  async function* slowly(): AsyncGenerator<number> {
    yield* [1, 2, 3];
  }
  assert.deepEqual(await all(slowly(), signal), [1, 2, 3]);
  assert.deepEqual(await all([1, 2, 3], signal), [1, 2, 3]);
  assert.deepEqual(await all([1, 2, 3]), [1, 2, 3]);
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("a source that hangs is left when the signal aborts", async () => {
  const controller = new AbortController();
  const { promise: never } = Promise.withResolvers<number>();
  const seen: number[] = [];
  async function* hanging(): AsyncGenerator<number> {
    yield 1;
    queueMicrotask(() => controller.abort());
    yield await never;
  }
  await assert.rejects(
    async () => {
      for await (const item of untilAborted(hanging(), controller.signal, "counting")) {
        seen.push(item);
      }
    },
    { code: "CANCELLED", message: "counting was cancelled" },
  );
  assert.deepEqual(seen, [1]);
});

test("a source that fails because it was cancelled counts as cancelled, another failure passes", async () => {
  const controller = new AbortController();
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    throw new Error("broken");
  }
  async function* aborted(): AsyncGenerator<number> {
    yield 1;
    controller.abort();
    throw new Error("broken");
  }
  await assert.rejects(all(failing(), controller.signal), /^Error: broken$/);
  await assert.rejects(all(aborted(), controller.signal), { code: "CANCELLED" });
});

test("a source whose reader stops early, or that was cancelled before, is ended", async () => {
  let ended = 0;
  async function* endless(): AsyncGenerator<number> {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      ended++;
    }
  }
  for await (const item of untilAborted(endless(), new AbortController().signal, "counting")) {
    if (item === 3) break;
  }
  assert.equal(ended, 1);
  await assert.rejects(all(endless(), AbortSignal.abort()), { code: "CANCELLED" });
});
