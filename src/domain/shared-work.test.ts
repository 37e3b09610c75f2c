import assert from "node:assert/strict";
import { test } from "node:test";
import { createSharedWork } from "./shared-work.ts";

const never = new AbortController().signal;

/** Work whose end is told from outside, and which counts how often it was begun. */
function heldWork() {
  const begun: { signal: AbortSignal; end: PromiseWithResolvers<string> }[] = [];
  const make = (signal: AbortSignal) => {
    const end = Promise.withResolvers<string>();
    signal.addEventListener("abort", () => end.reject(new Error("given up")));
    begun.push({ signal, end });
    return end.promise;
  };
  return { begun, make };
}

test("what several want at one time is made once, and kept", async () => {
  const work = createSharedWork<string>(2);
  const { begun, make } = heldWork();
  const both = Promise.all([work.get("a", make, never), work.get("a", make, never)]);
  begun[0]?.end.resolve("made");
  assert.deepEqual(await both, ["made", "made"]);
  assert.equal(await work.get("a", make, never), "made");
  assert.equal(begun.length, 1);
});

test("the first who asks may leave: the others get what was begun for it", async () => {
  const work = createSharedWork<string>(2);
  const { begun, make } = heldWork();
  const leaving = new AbortController();
  const first = assert.rejects(work.get("a", make, leaving.signal), { code: "CANCELLED" });
  const second = work.get("a", make, never);
  leaving.abort();
  await first;
  assert.ok(!begun[0]?.signal.aborted);
  begun[0]?.end.resolve("made");
  assert.equal(await second, "made");
  assert.equal(begun.length, 1);
});

test("who asks right behind the last who leaves gets what is still under way", async () => {
  const work = createSharedWork<string>(2);
  const { begun, make } = heldWork();
  const leaving = new AbortController();
  const gone = assert.rejects(work.get("a", make, leaving.signal), { code: "CANCELLED" });
  leaving.abort();
  const next = work.get("a", make, never);
  await gone;
  begun[0]?.end.resolve("made");
  assert.equal(await next, "made");
  assert.equal(begun.length, 1);
});

test("what nobody waits for any more is given up, and made anew for the next", async () => {
  const work = createSharedWork<string>(2);
  const { begun, make } = heldWork();
  const [one, other] = [new AbortController(), new AbortController()];
  const first = assert.rejects(work.get("a", make, one.signal), { code: "CANCELLED" });
  const second = assert.rejects(work.get("a", make, other.signal), { code: "CANCELLED" });
  one.abort();
  await first;
  assert.equal(begun[0]?.signal.aborted, false);
  other.abort();
  await second;
  assert.equal(begun[0]?.signal.aborted, true);
  const anew = work.get("a", make, never);
  assert.equal(begun.length, 2);
  begun[1]?.end.resolve("made anew");
  assert.equal(await anew, "made anew");
});

test("a failure is told to all who wait, and not kept; who comes too late begins nothing", async () => {
  const work = createSharedWork<string>(2);
  const { begun, make } = heldWork();
  const both = [work.get("a", make, never), work.get("a", make, never)];
  begun[0]?.end.reject(new Error("no"));
  for (const one of both) await assert.rejects(one, /^Error: no$/u);
  const again = work.get("a", make, never);
  begun[1]?.end.resolve("yes");
  assert.equal(await again, "yes");
  await assert.rejects(work.get("b", make, AbortSignal.abort()), { code: "CANCELLED" });
  assert.equal(begun.length, 2);
});
