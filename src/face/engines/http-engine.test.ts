import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import {
  type Reply,
  type StandIn,
  startStandIn,
} from "../../../test/support/speech-servers/stand-in.ts";
import { probe as probeFile } from "../../media/probe.ts";
import { createHttpEngine, type HttpEngineOptions } from "./http-engine.ts";
import { makeJob, makeMovie, never, probe } from "./testing/engine-fixture.ts";

let root = "";
let server: StandIn;
let answer: Reply = {};
let movie: Buffer;
const waits: number[] = [];
before(async () => {
  root = await mkdtemp(join(tmpdir(), "http-engine-test-"));
  movie = await readFile(await makeMovie(root, {}));
});
after(() => rm(root, { recursive: true }));
beforeEach(async () => {
  answer = { body: movie };
  waits.length = 0;
  server = await startStandIn(() => answer);
});
afterEach(() => server.close());

const engineWith = (more: Partial<HttpEngineOptions> = {}) =>
  createHttpEngine({
    url: `${server.url}/make/lipsync?quality=high`,
    wait: async (ms) => waits.push(ms),
    clock: () => 1_000_000 + waits.reduce((sum, ms) => sum + ms, 0),
    probe,
    ...more,
  });

const failure = async (more: Partial<HttpEngineOptions> = {}) => {
  const job = await makeJob(root);
  const outcome = await engineWith(more)
    .run(job, { signal: never })
    .then(
      () => assert.fail("it ran"),
      ({ code, message, retryable }) => ({ code, message, retryable }),
    );
  assert.ok(!existsSync(job.out), "something is left");
  return outcome;
};

test("the server gets both files and the times, and its answer is the video", async () => {
  const job = await makeJob(root);
  await engineWith().run(job, { signal: never });
  assert.equal(probeFile(job.out).video?.frames, 20);
  const [request] = server.received;
  assert.deepEqual([request?.method, request?.path], ["POST", "/make/lipsync?quality=high"]);
  const form = await new Response(request?.body as Uint8Array<ArrayBuffer>, {
    headers: { "Content-Type": request?.headers["content-type"] ?? "" },
  }).formData();
  assert.deepEqual([...form.keys()], ["face", "audio", "fps", "start", "end"]);
  const sent = form.get("face") as File; // a field with a file
  assert.deepEqual([sent.name, sent.type], ["face.mp4", "video/mp4"]);
  assert.deepEqual(Buffer.from(await sent.arrayBuffer()), await readFile(job.face));
  assert.deepEqual([form.get("fps"), form.get("start"), form.get("end")], ["25", "0.200", "0.600"]);
});

test("a picture is sent as one", async () => {
  await engineWith().run(await makeJob(root, { picture: true }), { signal: never });
  assert.match(
    server.received[0]?.body.toString("latin1") ?? "",
    /face\.png"\r\nContent-Type: image\/png/,
  );
});

test("no face is told as such, whatever else is refused as a failure", async () => {
  answer = { status: 422, body: JSON.stringify({ error: "no face in frame 3" }) };
  assert.deepEqual(await failure(), {
    ...{ code: "NO_FACE", message: "the lip-sync server answered 422: no face in frame 3" },
    retryable: false,
  });
  answer = { status: 413, body: "too large" };
  assert.match((await failure()).message, /answered 413: too large/);
});

test("a busy server is asked again when it says", async () => {
  server.trouble({ status: 503, headers: { "Retry-After": "7" }, body: "busy" });
  const job = await makeJob(root);
  await engineWith().run(job, { signal: never });
  assert.equal(server.received.length, 2);
  assert.ok(waits.includes(7000), String(waits));
});

test("a fault and a cut answer are met by a second try, and told after it", async () => {
  server.trouble("cut");
  await engineWith().run(await makeJob(root), { signal: never });
  assert.equal(server.received.length, 2);
  server.trouble({ status: 500, body: "out of luck" }, { status: 500, body: "out of luck" });
  const error = await failure();
  assert.deepEqual([error.code, error.retryable], ["FACE_FAILED", true]);
  assert.match(error.message, /answered 500: out of luck/);
});

test("an answer without end is not read to it", async () => {
  answer = { body: Buffer.alloc(3_000_000), chunkBytes: 100_000 };
  const error = await failure({ maxBytes: 1_000_000 });
  assert.match(error.message, /sends more than 1000000 bytes: see why its video is so large/);
});

test("an answer that is no video, or half of one, is a failure", async () => {
  answer = { body: "<html>hello</html>" };
  assert.match((await failure()).message, /left a video that cannot be read/);
  answer = { body: await readFile(await makeMovie(root, { count: 9 })) };
  assert.match((await failure()).message, /made 0\.36 s of 0\.80 s/);
});

test("on abort nothing is waited for any longer", async () => {
  server.trouble("silent");
  const controller = new AbortController();
  const job = await makeJob(root);
  const running = engineWith().run(job, { signal: controller.signal });
  const outcome = running.catch(({ code }) => code);
  await server.until(1);
  controller.abort();
  assert.equal(await outcome, "CANCELLED");
});

test("an address that is none, or holds a password, is refused without being shown", () => {
  const refused = (url: string) =>
    assert.throws(
      () => engineWith({ url }),
      ({ code, message }) => code === "INVALID_OPTION" && !message.includes("secret"),
    );
  refused("secret:9000");
  refused("no address secret");
  refused("http://me:secret@localhost/x");
  assert.ok(!engineWith({ url: "http://localhost/x?key=secret" }).cacheKey.includes("secret"));
});
