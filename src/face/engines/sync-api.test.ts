import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import {
  type Received,
  type Reply,
  type StandIn,
  startStandIn,
} from "../../../test/support/speech-servers/stand-in.ts";
import { probe as probeFile } from "../../media/probe.ts";
import type { EngineJob } from "./file-engine.ts";
import { createSyncApi, type SyncApiOptions } from "./sync-api.ts";
import { makeJob, makeMovie, never, probe } from "./testing/engine-fixture.ts";

const KEY = "sk-sync-very-secret";
const SIGNATURE = "X-Signature=also-secret";

let root = "";
let movie: Buffer;
let server: StandIn;
let storage: StandIn;
/** What the server answers when it is asked for the state, in this order; the last one stays. */
let states: object[] = [];
const waits: number[] = [];
const completed = () => ({
  status: "COMPLETED",
  outputMediaUrl: `${storage.url}/a.mp4?${SIGNATURE}`,
});

before(async () => {
  root = await mkdtemp(join(tmpdir(), "sync-test-"));
  movie = await readFile(await makeMovie(root, {}));
});
after(() => rm(root, { recursive: true }));
beforeEach(async () => {
  waits.length = 0;
  storage = await startStandIn(() => ({ body: movie }));
  server = await startStandIn(({ method, headers }: Received): Reply => {
    if (headers["x-api-key"] !== KEY) return json(401, { message: "no such key" });
    if (method === "POST") return json(201, { id: "gen/1", status: "PENDING", model: "lipsync-2" });
    const state = states.length > 1 ? states.shift() : states[0];
    return json(200, { id: "gen/1", ...state });
  });
  states = [completed()];
});
afterEach(() => Promise.all([server.close(), storage.close()]));

const json = (status: number, body: object): Reply => ({ status, body: JSON.stringify(body) });
const engineWith = (more: Partial<SyncApiOptions> = {}) =>
  createSyncApi({
    ...{ apiKey: KEY, baseUrl: server.url, maxSeconds: null, probe },
    wait: async (ms) => waits.push(ms),
    clock: () => 1_000_000 + waits.reduce((sum, ms) => sum + ms, 0),
    ...more,
  });
const orders = () => server.received.filter(({ method }) => method === "POST");

async function failure(more: Partial<SyncApiOptions> = {}, job?: EngineJob) {
  const given = job ?? (await makeJob(root));
  const error = await engineWith(more)
    .run(given, { signal: never })
    .then(
      () => assert.fail("it ran"),
      (thrown) => thrown,
    );
  assert.ok(!existsSync(given.out), "something is left");
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    assert.ok(!cause.message.includes("secret"), cause.message);
  }
  const { code, message, retryable } = error;
  return { code, message, retryable };
}

test("the files are sent as a form, the result is waited for and fetched without the key", async () => {
  states = [{ status: "PENDING" }, { status: "PROCESSING" }, completed()];
  const job = await makeJob(root);
  const engine = engineWith({ webhookUrl: "https://example.com/hook" });
  await engine.run(job, { signal: never });
  assert.equal(probeFile(job.out).video?.frames, 20);
  const [order, ...questions] = server.received;
  assert.equal(order?.path, "/v2/generate");
  assert.match(order?.headers["idempotency-key"] ?? "", /^[A-Za-z0-9._~-]{1,128}$/);
  const form = await new Response(order?.body as Uint8Array<ArrayBuffer>, {
    headers: { "Content-Type": order?.headers["content-type"] ?? "" },
  }).formData();
  assert.deepEqual(
    [form.get("model"), form.get("options"), form.get("webhookUrl")],
    ["lipsync-2", '{"sync_mode":"cut_off"}', "https://example.com/hook"],
  );
  const video = form.get("video") as File; // a field with a file
  assert.deepEqual(Buffer.from(await video.arrayBuffer()), await readFile(job.face));
  assert.deepEqual(
    questions.map(({ method, path }) => `${method} ${path}`),
    Array(3).fill("GET /v2/generate/gen%2F1"),
  );
  assert.deepEqual(waits, [2000, 3000, 4500]);
  assert.equal(storage.received[0]?.path, `/a.mp4?${SIGNATURE}`);
  assert.ok(!("x-api-key" in (storage.received[0]?.headers ?? {})));
  assert.ok(!engine.cacheKey.includes("secret"));
});

test("with published files only the stretch of the new words is changed", async () => {
  const published: string[] = [];
  const publish = async (file: string) => {
    published.push(file);
    return `https://files.example.com/${published.length}`;
  };
  const job = await makeJob(root);
  await engineWith({ publish, model: "lipsync-2-pro" }).run(job, { signal: never });
  assert.deepEqual(published, [job.face, job.audio]);
  const body = JSON.parse(orders()[0]?.body.toString() ?? "");
  const times = { startTime: 0.2, endTime: 0.6 };
  assert.deepEqual(body, {
    model: "lipsync-2-pro",
    input: [
      { type: "video", url: "https://files.example.com/1" },
      { type: "audio", url: "https://files.example.com/2", refId: "speech" },
    ],
    segments: [{ ...times, audioInput: { refId: "speech", ...times } }],
    options: { sync_mode: "cut_off" },
  });
  assert.equal(orders()[0]?.headers["content-type"], "application/json");
});

test("an older answer's outputUrl is understood", async () => {
  states = [{ status: "COMPLETED", outputUrl: `${storage.url}/b.mp4` }];
  await engineWith().run(await makeJob(root), { signal: never });
  assert.equal(storage.received[0]?.path, "/b.mp4");
});

test("what failed or was rejected is told in its own words; no face is told as such", async () => {
  states = [{ status: "FAILED", error: "An unknown error occurred", errorCode: "unknown_error" }];
  assert.deepEqual(await failure(), {
    code: "FACE_FAILED",
    message: "sync.so failed at generation gen/1: An unknown error occurred (unknown_error)",
    retryable: false,
  });
  states = [{ status: "REJECTED", error: null }];
  assert.match((await failure()).message, /rejected generation gen\/1: it does not say why/);
  states = [{ status: "FAILED", error: "No face detected in the video" }];
  assert.equal((await failure()).code, "NO_FACE");
  states = [{ status: "COMPLETED", outputUrl: null }];
  assert.match((await failure()).message, /without a result/);
  states = [{ status: "SLEEPING" }];
  assert.match((await failure()).message, /something else than a generation/);
});

test("refusals say what to do, and which may pass", async () => {
  for (const [status, message, retryable] of [
    [402, /answered 402: plan limit; see the plan and invoices/, false],
    [413, /answered 413: plan limit; the recording is too large/, false],
    [422, /answered 422: plan limit/, false],
  ] as const) {
    server.trouble(json(status, { message: "plan limit" }));
    const error = await failure();
    assert.equal(error.code, "FACE_FAILED");
    assert.match(error.message, message);
    assert.equal(error.retryable, retryable);
  }
  const wrongKey = await failure({ apiKey: "sk-other-secret" });
  assert.match(wrongKey.message, /401: no such key; check SYNC_API_KEY/);
});

test("too many requests are waited for, and an order after a fault carries the same key", async () => {
  const slow = { ...json(429, { message: "slow down" }), headers: { "Retry-After": "5" } };
  server.trouble(slow, { status: 503, body: "down" }, "cut");
  await engineWith().run(await makeJob(root), { signal: never });
  assert.equal(orders().length, 4);
  const keys = new Set(orders().map(({ headers }) => headers["idempotency-key"]));
  assert.equal(keys.size, 1);
  assert.ok(waits.includes(5000), String(waits));
});

test("what was ordered once is not ordered anew after a fault, but is after it failed", async () => {
  const engine = engineWith();
  const job = await makeJob(root);
  server.trouble(...Array<"cut">(4).fill("cut"));
  await assert.rejects(engine.run(job, { signal: never }), { retryable: true });
  await engine.run(job, { signal: never });
  assert.equal(new Set(orders().map(({ headers }) => headers["idempotency-key"])).size, 1);
  states = [{ status: "FAILED", error: "bad luck" }];
  await assert.rejects(engine.run(job, { signal: never }), /bad luck/);
  states = [completed()];
  await engine.run(job, { signal: never });
  assert.equal(new Set(orders().map(({ headers }) => headers["idempotency-key"])).size, 2);
});

test("a run that would cost more than was allowed stops before it is ordered", async () => {
  const engine = engineWith({ maxSeconds: 2 });
  await engine.run(await makeJob(root), { signal: never });
  // Refused, it costs nothing.
  server.trouble(json(422, { message: "no" }));
  await assert.rejects(engine.run(await makeJob(root, { count: 21 }), { signal: never }), /422/);
  await engine.run(await makeJob(root, { count: 20, width: 32, height: 24 }), { signal: never });
  await assert.rejects(engine.run(await makeJob(root, { count: 22 }), { signal: never }), {
    code: "FACE_FAILED",
    message: /2\.5 s of video, 2 s are allowed in one run: raise VOCATIVE_SYNC_MAX_SECONDS/,
  });
  assert.equal(orders().length, 3);
});

test("a video that is never finished is given up, to be tried again later", async () => {
  states = [{ status: "PROCESSING" }];
  const error = await failure({ patienceMs: 120_000 });
  assert.match(error.message, /within 2 minutes \(generation gen\/1\)/);
  assert.equal(error.retryable, true);
  assert.ok(waits.length < 15 && Math.max(...waits) === 15_000, String(waits));
});

test("a download that is cut is fetched again; one without end, or half a video, fails", async () => {
  storage.trouble("cut");
  await engineWith().run(await makeJob(root), { signal: never });
  assert.equal(storage.received.length, 2);
  storage.trouble({ body: Buffer.alloc(3_000_000), chunkBytes: 100_000 });
  assert.match((await failure({ maxBytes: 1_000_000 })).message, /more than 1000000 bytes/);
  storage.trouble({ body: await readFile(await makeMovie(root, { count: 5 })) });
  assert.match((await failure()).message, /made 0\.20 s of 0\.80 s/);
  storage.trouble({ status: 403, body: "<html><title>Request has expired</title></html>" });
  assert.match((await failure()).message, /answered 403: Request has expired/);
});

test("on abort nothing is asked any longer", async () => {
  states = [{ status: "PROCESSING" }];
  const controller = new AbortController();
  const wait = async () => {
    controller.abort();
    throw new Error("aborted");
  };
  const running = engineWith({ wait }).run(await makeJob(root), { signal: controller.signal });
  await assert.rejects(running, { code: "CANCELLED" });
  assert.equal(server.received.length, 1);
});
