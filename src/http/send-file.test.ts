import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import type { Downloadable } from "../campaign/campaign-service.ts";
import { memoryFile } from "./testing/fake-service.ts";
import { openConnection, type RunningServer, startServer } from "./testing/running-server.ts";

const PATH = "/jobs/j1/recipients/2/media";
const MODIFIED = "Fri, 02 Jan 2026 03:04:05 GMT";

/** A server whose row 2 has `file` as its output. */
async function serve<File extends Downloadable>(
  t: TestContext,
  file: File,
): Promise<RunningServer & { file: File }> {
  const server = await startServer(t);
  server.service.jobs.media = async () => file;
  return { ...server, file };
}

const digits = () => memoryFile({ name: "a.mp4", mediaType: "video/mp4", text: "0123456789" });

test("a file is sent whole with all that a client needs to come again", async (t) => {
  const { url, file } = await serve(t, digits());
  const answer = await fetch(url + PATH);
  assert.equal(answer.status, 200);
  assert.equal(await answer.text(), "0123456789");
  const headers = Object.fromEntries(answer.headers);
  assert.deepEqual(
    [headers["content-length"], headers["content-type"], headers["accept-ranges"]],
    ["10", "video/mp4", "bytes"],
  );
  assert.deepEqual([headers["etag"], headers["last-modified"]], ['"tag-1"', MODIFIED]);
  assert.equal(headers["content-disposition"], 'inline; filename="a.mp4"');
  assert.equal(file.released, 1);
});

test("HEAD tells the same without the bytes", async (t) => {
  const { url, file } = await serve(t, digits());
  file.read = () => assert.fail("nothing is read");
  const answer = await fetch(url + PATH, { method: "HEAD", headers: { range: "bytes=0-1" } });
  assert.deepEqual([answer.status, await answer.text()], [200, ""]);
  assert.equal(answer.headers.get("content-length"), "10");
  assert.equal(answer.headers.get("content-type"), "video/mp4");
  assert.equal(file.released, 1);
});

test("one range is sent alone, several as the whole file", async (t) => {
  const { url } = await serve(t, digits());
  for (const [range, status, text, contentRange] of [
    ["bytes=2-5", 206, "2345", "bytes 2-5/10"],
    ["bytes=8-", 206, "89", "bytes 8-9/10"],
    ["bytes=-1", 206, "9", "bytes 9-9/10"],
    ["bytes=0-", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=0-1,3-4", 200, "0123456789", null],
    ["bytes=x", 200, "0123456789", null],
  ] as const) {
    const answer = await fetch(url + PATH, { headers: { range } });
    assert.deepEqual([answer.status, await answer.text()], [status, text], range);
    assert.equal(answer.headers.get("content-range"), contentRange);
    assert.equal(answer.headers.get("content-length"), String(text.length));
  }
});

test("a range behind the end is 416 and tells the length", async (t) => {
  const { url, file } = await serve(t, digits());
  const answer = await fetch(url + PATH, { headers: { range: "bytes=10-" } });
  assert.equal(answer.status, 416);
  assert.equal(answer.headers.get("content-range"), "bytes */10");
  const body = (await answer.json()) as { error: string };
  assert.equal(body.error, "RANGE_NOT_SATISFIABLE");
  assert.equal(answer.headers.get("etag"), null);
  assert.equal(file.released, 1);
});

test("a range of a file that has changed since is answered with the whole", async (t) => {
  const { url } = await serve(t, digits());
  for (const [ifRange, status] of [
    ['"tag-1"', 206],
    ['"tag-0"', 200],
    ['W/"tag-1"', 200],
    [MODIFIED, 206],
    ["Fri, 02 Jan 2026 03:04:04 GMT", 200],
  ] as const) {
    const headers = { range: "bytes=0-0", "if-range": ifRange };
    assert.equal((await fetch(url + PATH, { headers })).status, status, ifRange);
  }
});

test("what the client has already is not sent again", async (t) => {
  const { url, file } = await serve(t, digits());
  for (const [name, value, status] of [
    ["if-none-match", '"tag-1"', 304],
    ["if-none-match", '"x", W/"tag-1"', 304],
    ["if-none-match", "*", 304],
    ["if-none-match", '"tag-2"', 200],
    ["if-modified-since", MODIFIED, 304],
    ["if-modified-since", "Fri, 02 Jan 2026 03:04:04 GMT", 200],
    ["if-modified-since", "yesterday", 200],
  ] as const) {
    const answer = await fetch(url + PATH, { headers: { [name]: value } });
    assert.equal(answer.status, status, `${name}: ${value}`);
    assert.equal(answer.headers.get("etag"), '"tag-1"');
    await answer.arrayBuffer();
  }
  assert.equal(file.released, 7);
});

test("an empty file is sent, and no range of it", async (t) => {
  const { url } = await serve(t, memoryFile({ name: "a", mediaType: "video/mp4", text: "" }));
  const whole = await fetch(url + PATH);
  assert.deepEqual([whole.status, whole.headers.get("content-length")], [200, "0"]);
  assert.equal((await fetch(url + PATH, { headers: { range: "bytes=0-" } })).status, 416);
});

test("a file that fails before its first byte is an error like any other", async (t) => {
  const { url, file } = await serve(t, digits());
  // biome-ignore lint/correctness/useYield: it fails before it could
  file.read = async function* () {
    throw new Error("/secret/path is gone");
  };
  const answer = await fetch(url + PATH, { headers: { range: "bytes=1-2" } });
  const text = await answer.text();
  assert.equal(answer.status, 500);
  assert.equal(JSON.parse(text).error, "InternalServerError");
  assert.ok(!text.includes("secret"));
  for (const name of ["content-range", "etag", "content-disposition", "accept-ranges"]) {
    assert.equal(answer.headers.get(name), null, name);
  }
  assert.equal(file.released, 1);
});

test("a file that is shorter or longer than it said breaks the connection off", async (t) => {
  const { url, file } = await serve(t, digits());
  for (const texts of [["01234"], ["01234", "56789abc"]]) {
    file.read = async function* () {
      yield* texts.map((text) => Buffer.from(text));
    };
    const answer = await fetch(url + PATH);
    assert.equal(answer.status, 200);
    await assert.rejects(answer.text());
  }
  assert.equal(file.released, 2);
});

test("a client that hangs up ends the reading, and the file is released once", async (t) => {
  const { port, file } = await serve(t, digits());
  const ended = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let read = 0;
  file.sizeBytes = 2 ** 30;
  file.read = async function* () {
    try {
      for (;;) {
        read += 65_536;
        yield Buffer.alloc(65_536);
      }
    } finally {
      ended.resolve();
    }
  };
  file.release = async () => released.resolve();
  const { socket } = openConnection(port);
  socket.write(`GET ${PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await once(socket, "data");
  socket.destroy();
  await Promise.all([ended.promise, released.promise]);
  assert.ok(read < file.sizeBytes);
});

test("a client that does not read is not read for", async (t) => {
  const { url, port, file } = await serve(t, digits());
  const started = Promise.withResolvers<void>();
  let read = 0;
  file.sizeBytes = 2 ** 30;
  file.read = async function* () {
    started.resolve();
    for (; read < file.sizeBytes; read += 65_536) yield Buffer.alloc(65_536);
  };
  const { socket } = openConnection(port);
  socket.pause();
  socket.write(`GET ${PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await started.promise;
  // Enough turns of the event loop to read far more, were it not for the client.
  for (let turn = 0; turn < 50; turn += 1) await fetch(url);
  assert.ok(read < 64 * 2 ** 20, `${read} bytes were read`);
  socket.destroy();
});
