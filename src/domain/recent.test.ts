import assert from "node:assert/strict";
import { test } from "node:test";
import { createRecent, createRecentPromises } from "./recent.ts";

test("what was asked for last is kept, the rest is made anew", () => {
  const recent = createRecent<number>(2);
  let made = 0;
  const get = (key: string) => recent.get(key, () => ++made);
  assert.deepEqual([get("a"), get("b"), get("a"), get("c")], [1, 2, 1, 3]);
  assert.deepEqual([get("a"), get("c"), get("b")], [1, 3, 4]);
});

test("a failure is told to who waits for it, and not kept", async () => {
  const recent = createRecentPromises<string>(2);
  const failing = () => recent.get("a", () => Promise.reject(new Error("no")));
  await assert.rejects(Promise.all([failing(), failing()]), /no/);
  assert.equal(await recent.get("a", async () => "yes"), "yes");
});
