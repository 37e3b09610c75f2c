import assert from "node:assert/strict";
import { test } from "node:test";
import type { Wait } from "./clauses.ts";
import { createVideoStreams } from "./video-streams.ts";

/** A clock that runs out when it is told to. */
function manual() {
  const waits: (() => void)[] = [];
  const wait: Wait = (_ms, signal) =>
    new Promise((resolve, reject) => {
      waits.push(resolve);
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  return { wait, runOut: () => waits.at(-1)?.() };
}
const bytes = (...all: number[]) => Uint8Array.from(all);

test("every reader gets all from the first byte on, however late it comes", async () => {
  const streams = createVideoStreams({ wait: manual().wait });
  const stream = streams.open("a");
  stream.push(bytes(1));
  const early = streams.read("a");
  assert.deepEqual((await early?.next())?.value, bytes(1));
  const next = early?.next();
  stream.push(bytes(2));
  assert.deepEqual((await next)?.value, bytes(2));
  const late = streams.read("a");
  stream.end();
  assert.deepEqual(await Array.fromAsync(late ?? []), [bytes(1), bytes(2)]);
  assert.equal((await early?.next())?.done, true);
  assert.equal(streams.read("a"), null, "it is a file now");
});

test("a failure reaches the readers", async () => {
  const streams = createVideoStreams({ wait: manual().wait });
  const stream = streams.open("a");
  const reader = streams.read("a");
  const next = reader?.next();
  stream.fail(new Error("broken"));
  await assert.rejects(next ?? Promise.resolve(), /broken/);
});

test("a stream that nobody watches, or watches any more, is given up", async () => {
  const { wait, runOut } = manual();
  const streams = createVideoStreams({ wait });
  const alone = streams.open("a");
  runOut();
  await new Promise(setImmediate);
  assert.ok(alone.signal.aborted);

  const watched = streams.open("b");
  watched.push(bytes(1));
  const reader = streams.read("b");
  await reader?.next();
  runOut();
  await new Promise(setImmediate);
  assert.ok(!watched.signal.aborted, "somebody watches");
  await reader?.return(undefined);
  runOut();
  await new Promise(setImmediate);
  assert.ok(watched.signal.aborted);
});
