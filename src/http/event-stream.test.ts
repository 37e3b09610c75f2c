import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { AppError } from "../domain/app-error.ts";
import type { JobEvent } from "../domain/job.ts";
import { type EventStreamOptions, registerEventStream } from "./event-stream.ts";
import { createRouteApp } from "./testing/route-app.ts";

const closers: (() => Promise<unknown>)[] = [];
after(() => Promise.all(closers.map((close) => close())));

const event = (seq: number, type: JobEvent["type"], data: unknown = {}): JobEvent => ({
  ...{ seq, type, data, at: 1_739_020_000_123 },
});
const PAST = [
  event(1, "job.queued"),
  event(2, "job.progress", { done: 1 }),
  event(3, "job.done", { done: 2 }),
];

type Events = EventStreamOptions["service"]["jobs"]["events"];

async function* following(events: readonly JobEvent[], after: number) {
  yield* events.filter(({ seq }) => seq > after);
}

/** A listening server; `get` resolves when the answer has begun. */
async function listen(events: Events, options: Partial<EventStreamOptions> = {}) {
  const app = createRouteApp();
  registerEventStream(app, {
    service: { jobs: { events } },
    wait: () => new Promise(() => {}),
    ...options,
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  closers.push(async () => {
    app.server.closeAllConnections();
    await app.close();
  });
  // It listens on a port.
  const { port } = app.server.address() as AddressInfo;
  return {
    app,
    async get(path: string, headers: Record<string, string> = {}) {
      const asked = request({ port, path, headers, agent: false });
      asked.end();
      const [answer] = await once(asked, "response");
      // What "response" comes with.
      return { asked, answer: answer as IncomingMessage };
    },
  };
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of answer) text += String(chunk);
  return text;
}

test("a job's events are sent with number, type and JSON, and the stream ends with them", async () => {
  const { get } = await listen(async (_caller, _id, after) => following(PAST, after));
  const { answer } = await get("/jobs/j1/events");
  assert.equal(answer.headers["content-type"], "text/event-stream; charset=utf-8");
  assert.equal(answer.headers["cache-control"], "no-store");
  assert.equal(
    await textOf(answer),
    [
      "retry: 2000",
      'id: 1\nevent: job.queued\ndata: {"job_id":"j1","at":1739020000.123}',
      'id: 2\nevent: job.progress\ndata: {"done":1,"job_id":"j1","at":1739020000.123}',
      'id: 3\nevent: job.done\ndata: {"done":2,"job_id":"j1","at":1739020000.123}',
      "",
    ].join("\n\n"),
  );
});

test("a client goes on where it left off, by Last-Event-ID before the query", async () => {
  const asked: number[] = [];
  const { get } = await listen(async (_caller, _id, after) => {
    asked.push(after);
    return following(PAST, after);
  });
  const ids = async (path: string, headers?: Record<string, string>) =>
    [...(await textOf((await get(path, headers)).answer)).matchAll(/^id: (\d+)/gmu)].map((match) =>
      Number(match[1]),
    );
  assert.deepEqual(await ids("/jobs/j1/events?after=1"), [2, 3]);
  assert.deepEqual(await ids("/jobs/j1/events?after=1", { "last-event-id": "2" }), [3]);
  assert.deepEqual(await ids("/jobs/j1/events?after=3"), []);
  assert.deepEqual(asked, [1, 2, 3]);
});

test("a number that is none is refused", async () => {
  const { get } = await listen(async (_caller, _id, after) => following(PAST, after));
  assert.equal((await get("/jobs/j1/events?after=x")).answer.statusCode, 422);
  assert.equal((await get("/jobs/j1/events?after=-1")).answer.statusCode, 422);
  const { answer } = await get("/jobs/j1/events", { "last-event-id": "x" });
  assert.equal(answer.statusCode, 400);
});

test("an unknown job is not found", async () => {
  const { get } = await listen(async () => {
    throw new AppError("NOT_FOUND", "job not found");
  });
  const { answer } = await get("/jobs/none/events");
  assert.equal(answer.statusCode, 404);
  assert.match(await textOf(answer), /job not found/u);
});

test("while nothing happens, a comment now and then says that the stream lives", async () => {
  const later = Promise.withResolvers<void>();
  // Each turn of the stream waits for one of these.
  let waiting = Promise.withResolvers<{ ms: number; beat: () => void }>();
  const { get } = await listen(
    async () =>
      (async function* () {
        await later.promise;
        yield event(1, "job.done");
      })(),
    {
      wait: (ms) =>
        new Promise((resolve) => {
          waiting.resolve({ ms, beat: resolve });
        }),
    },
  );
  const { answer } = await get("/jobs/j1/events");
  const chunks = answer[Symbol.asyncIterator]();
  const next = async () => String((await chunks.next()).value);
  assert.equal(await next(), "retry: 2000\n\n");
  for (let count = 0; count < 3; count++) {
    const { ms, beat } = await waiting.promise;
    assert.equal(ms, 15_000);
    waiting = Promise.withResolvers();
    beat();
    assert.equal(await next(), ": still here\n\n");
  }
  later.resolve();
  assert.match(await next(), /^id: 1\nevent: job\.done\n/u);
  assert.equal((await chunks.next()).done, true);
});

test("a client that is gone ends what was done for it, and makes room for another", async () => {
  const signals: AbortSignal[] = [];
  const endless: Events = async (_caller, _id, _after, signal) => {
    signals.push(signal);
    return (async function* () {
      await once(signal, "abort");
      yield* PAST;
    })();
  };
  const { get } = await listen(endless, { maxStreams: 1 });
  const { asked } = await get("/jobs/j1/events");
  const refused = await get("/jobs/j1/events");
  assert.equal(refused.answer.statusCode, 503);
  assert.ok(Number(refused.answer.headers["retry-after"]) > 0);
  const [signal] = signals;
  assert.ok(signal && !signal.aborted);
  const aborted = once(signal, "abort");
  asked.destroy();
  await aborted;
  assert.equal((await get("/jobs/j1/events")).answer.statusCode, 200);
});

test("a client that reads slowly is not given more than it takes", async () => {
  let made = 0;
  const { get } = await listen(async () =>
    (async function* () {
      for (;;) yield event(++made, "job.progress", { text: "x".repeat(10_000) });
    })(),
  );
  const { asked, answer } = await get("/jobs/j1/events");
  answer.pause();
  // Turns of the event loop go by in which an unbounded writer would make thousands.
  for (let turn = 0; turn < 2_000; turn++) await new Promise((resolve) => setImmediate(resolve));
  const stalled = made;
  for (let turn = 0; turn < 2_000; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(made, stalled);
  asked.destroy();
});

test("closing the server ends its streams", async () => {
  const { app, get } = await listen(async (_caller, _id, _after, signal) =>
    (async function* () {
      await once(signal, "abort");
      yield* PAST;
    })(),
  );
  const { answer } = await get("/jobs/j1/events");
  const text = textOf(answer);
  await app.close();
  assert.equal(await text, "retry: 2000\n\n");
});

test("a HEAD request opens no stream", async () => {
  let opened = 0;
  const app = createRouteApp();
  const events: Events = async (_caller, _id, after) => {
    opened += 1;
    return following(PAST, after);
  };
  registerEventStream(app, { service: { jobs: { events } } });
  assert.ok((await app.inject({ method: "HEAD", url: "/jobs/j1/events" })).statusCode >= 400);
  assert.equal(opened, 0);
});
