import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { AppError } from "../domain/app-error.ts";
import {
  BASE,
  BOUNDARY,
  createKeptLog,
  FORM_TYPE,
  formText,
  openConnection,
  type Part,
  postForm,
  SHEET,
  startServer,
} from "./testing/running-server.ts";

type Body = { error: string; message: string; detail: unknown };

const head = (length: number | string, extra = "") =>
  `POST /jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${FORM_TYPE}\r\n` +
  `Content-Length: ${length}\r\n${extra}\r\n`;

/** A server and a form sent to it, with what came back. */
async function post(t: TestContext, parts: readonly Part[]) {
  const server = await startServer(t);
  const answer = await postForm(`${server.url}/jobs`, parts);
  const body = (await answer.json()) as Body;
  const [upload] = server.service.uploads;
  return { ...server, status: answer.status, body, upload };
}

test("files are stored as they are, fields in any order around them", async (t) => {
  const content = `--${BOUNDARY.slice(2)}\r\n\u0000--`.repeat(5_000);
  const { status, upload, service } = await post(t, [
    { name: "insert_mode", content: "gold" },
    { ...BASE, type: "video/mp4", content },
    { name: "lang", content: "en" },
    SHEET,
    { name: "text", content: "नमस्ते {name}" },
  ]);
  assert.equal(status, 200);
  assert.equal(upload?.contents.get("base_video")?.toString(), content);
  assert.equal(upload?.files.get("recipients")?.fileName, "r.csv");
  const form = service.lastGiven()["form"] as Record<string, unknown>; // as any job's form
  assert.deepEqual([form["insertMode"], form["lang"], form["text"]], ["gold", "en", "नमस्ते {name}"]);
});

test("what was uploaded is discarded after use, whatever came of it", async (t) => {
  assert.equal((await post(t, [BASE, SHEET])).upload?.discards, 1);
  const refused = await post(t, [BASE, SHEET, { name: "insert_mode", content: "bronze" }]);
  assert.deepEqual([refused.status, refused.upload?.discards], [422, 1]);
  assert.deepEqual(refused.service.calls, []);
});

test("the length of the request is told before anything is read", async (t) => {
  const { port, service } = await startServer(t);
  service.jobs.upload = async (_caller, expectedBytes) => {
    throw new AppError("DISK_FULL", `/srv has no ${expectedBytes} bytes`);
  };
  const { socket, answer } = openConnection(port);
  socket.write(head(5_000_000));
  const text = await answer(/\}$/);
  assert.match(text, /^HTTP\/1\.1 507 /);
  assert.match(text, /"error":"DISK_FULL"/);
  assert.ok(!text.includes("/srv"));
  socket.destroy();
});

test("a request larger than the limit is refused before it is read", async (t) => {
  const { port, service } = await startServer(t, { limits: { uploadBytes: 1000 } });
  const { socket, answer } = openConnection(port);
  socket.write(head(1001));
  assert.match(await answer(/\}$/), /^HTTP\/1\.1 413 [\s\S]*"error":"UPLOAD_TOO_LARGE"/);
  assert.equal(service.uploads.length, 0);
  socket.destroy();
});

test("a file that grows over the limit is refused, though its length was not told", async (t) => {
  const { url, service } = await startServer(t, { limits: { uploadBytes: 100_000 } });
  const text = formText([{ ...BASE, content: "x".repeat(100_001) }, SHEET]);
  const answer = await fetch(`${url}/jobs`, {
    method: "POST",
    headers: { "content-type": FORM_TYPE },
    body: new Blob([text]).stream(),
    duplex: "half",
  } as RequestInit); // `duplex` is missing in its type
  assert.equal(answer.status, 413);
  assert.equal(((await answer.json()) as Body).error, "UPLOAD_TOO_LARGE");
  assert.equal(service.uploads[0]?.discards, 1);
});

test("a file of exactly the limit is taken", async (t) => {
  const { url } = await startServer(t, { limits: { uploadBytes: 100_000 } });
  const text = formText([{ ...BASE, content: "x".repeat(100_000) }, SHEET]);
  const answer = await fetch(`${url}/jobs`, {
    method: "POST",
    headers: { "content-type": FORM_TYPE },
    body: new Blob([text]).stream(),
    duplex: "half",
  } as RequestInit); // `duplex` is missing in its type
  assert.equal(answer.status, 200);
});

test("a body that ends before its last part does is incomplete", async (t) => {
  const { url, service } = await startServer(t);
  const whole = formText([BASE, SHEET]);
  for (const body of [
    formText([BASE, { ...SHEET, content: "name" }], { open: true }),
    formText([{ ...BASE, content: "x".repeat(200_000) }], { open: true }),
    whole.slice(0, whole.indexOf("recipients") + 5),
    whole.slice(0, -5),
    `--${BOUNDARY}\r\n`,
  ]) {
    const answer = await fetch(`${url}/jobs`, {
      method: "POST",
      headers: { "content-type": FORM_TYPE },
      body,
    });
    assert.equal(answer.status, 400, body.slice(-40));
    assert.equal(((await answer.json()) as Body).error, "UPLOAD_INCOMPLETE");
  }
  assert.ok(service.uploads.every(({ discards }) => discards === 1));
  assert.deepEqual(service.calls, []);
});

test("a body that ends early is incomplete, whatever the store makes of that", async (t) => {
  const { url, service } = await startServer(t);
  const { upload } = service.jobs;
  service.jobs.upload = async (...given) => {
    const made = await upload(...given);
    const { add } = made;
    made.add = (field, file) =>
      add(field, file).catch((cause: unknown) => {
        throw new AppError("OUTPUT_UNWRITABLE", "the file cannot be written", { cause });
      });
    return made;
  };
  const answer = await fetch(`${url}/jobs`, {
    method: "POST",
    headers: { "content-type": FORM_TYPE },
    body: formText([BASE], { open: true }),
  });
  assert.equal(((await answer.json()) as Body).error, "UPLOAD_INCOMPLETE");
});

test("a client that hangs up in the middle of a file leaves nothing behind", async (t) => {
  const { logger, line, lines } = createKeptLog();
  const { port, service } = await startServer(t, { logger });
  const stored = Promise.withResolvers<AbortSignal>();
  const discarded = service.nextDiscard();
  const { upload } = service.jobs;
  service.jobs.upload = async (...given) => {
    const made = await upload(...given);
    const { add } = made;
    made.add = (field, file) => {
      stored.resolve(file.signal);
      return add(field, file);
    };
    return made;
  };
  const { socket } = openConnection(port);
  socket.write(head(5_000_000) + formText([BASE], { open: true }));
  const signal = await stored.promise;
  socket.destroy();
  await discarded;
  assert.equal(signal.aborted, true);
  await line(({ context }) => context["code"] === "CANCELLED");
  assert.ok(lines.every(({ level }) => level !== "error" && level !== "warn"));
  assert.deepEqual(service.calls, []);
});

test("a connection that is closed on one side before the body's end is told so", async (t) => {
  const { port, service } = await startServer(t);
  const discarded = service.nextDiscard();
  const { socket, answer } = openConnection(port);
  socket.end(head(5_000_000) + formText([BASE], { open: true }));
  assert.match(await answer(), /^HTTP\/1\.1 400 [\s\S]*"error":"UPLOAD_INCOMPLETE"/);
  await discarded;
});

test("too many fields, too many parts and too long a field are refused", async (t) => {
  const field = (index: number): Part => ({ name: `f${index}`, content: "x" });
  const fields = Array.from({ length: 201 }, (_, index) => field(index));
  const files = Array.from({ length: 230 }, (_, index) => ({ ...field(index), fileName: "x" }));
  for (const parts of [
    [...fields, BASE, SHEET],
    [BASE, ...files, SHEET],
    [BASE, SHEET, { name: "text", content: "x".repeat(100_001) }],
  ]) {
    const { status, body, upload } = await post(t, parts);
    assert.deepEqual([status, body.error], [413, "UPLOAD_TOO_LARGE"]);
    assert.equal(upload?.discards, 1);
  }
});

test("two hundred fields are taken", async (t) => {
  const fields = Array.from({ length: 200 }, (_, index) => ({ name: `f${index}`, content: "x" }));
  assert.equal((await post(t, [...fields, BASE, SHEET])).status, 200);
});

test("files in other fields, and file fields left empty by a browser, are skipped", async (t) => {
  const { status, upload } = await post(t, [
    { name: "logo", fileName: "logo.png", content: "x".repeat(300_000) },
    { name: "voice_sample", fileName: "", type: "application/octet-stream", content: "" },
    { name: "gap", content: "7" },
    BASE,
    SHEET,
  ]);
  assert.equal(status, 200);
  assert.deepEqual([...(upload?.contents.keys() ?? [])], ["base_video", "recipients"]);
});

test("a file sent twice is refused", async (t) => {
  const { status, body } = await post(t, [BASE, SHEET, BASE]);
  assert.equal(status, 422);
  assert.deepEqual(body.detail, [
    { type: "value_error", loc: ["body", "base_video"], msg: "Give one file, not several" },
  ]);
});

test("missing files are told all at once, also of a form without any part", async (t) => {
  for (const parts of [[], [{ name: "base_video", content: "text" }]]) {
    const { status, body } = await post(t, parts);
    assert.equal(status, 422);
    assert.deepEqual(body.detail, [
      { type: "missing", loc: ["body", "base_video"], msg: "Field required" },
      { type: "missing", loc: ["body", "recipients"], msg: "Field required" },
    ]);
  }
});

test("a base template takes the place of the base", async (t) => {
  const { status } = await post(t, [SHEET, { name: "template_id", content: "t1" }]);
  assert.equal(status, 200);
});

test("what is no form is 415", async (t) => {
  const { url, service } = await startServer(t);
  for (const [type, body] of [
    ["application/json", "{}"],
    ["text/plain", "base_video=x"],
    ["application/x-www-form-urlencoded", "base_video=x"],
  ]) {
    const answer = await fetch(`${url}/jobs`, {
      method: "POST",
      headers: { "content-type": type ?? "" },
      body: body ?? "",
    });
    assert.equal(answer.status, 415, type);
    assert.equal(((await answer.json()) as Body).error, "TYPE_NOT_SUPPORTED");
  }
  assert.equal((await fetch(`${url}/jobs`, { method: "POST" })).status, 415);
  assert.equal(service.uploads.length, 0);
});

test("a form without a boundary, or with a forbidden field, cannot be read", async (t) => {
  const { url } = await startServer(t);
  const send = (type: string, body: string) =>
    fetch(`${url}/jobs`, { method: "POST", headers: { "content-type": type }, body });
  assert.equal((await send("multipart/form-data", "x")).status, 400);
  const proto = formText([{ name: "__proto__", content: "x" }, BASE, SHEET]);
  assert.equal((await send(FORM_TYPE, proto)).status, 400);
});

test("what goes wrong while a file is stored is the answer, and the rest is read for it", async (t) => {
  const { url, service } = await startServer(t);
  const { upload } = service.jobs;
  service.jobs.upload = async (...given) => {
    const made = await upload(...given);
    made.add = async (_field, { body }) => {
      for await (const _ of body) throw new AppError("DISK_FULL", "the disk is full");
    };
    return made;
  };
  const answer = await postForm(`${url}/jobs`, [
    { ...BASE, content: "x".repeat(8_000_000) },
    SHEET,
  ]);
  assert.equal(answer.status, 507);
  await answer.arrayBuffer();
  assert.equal(service.uploads[0]?.discards, 1);
});

test("a connection serves on after an upload was refused, before or while it was read", async (t) => {
  const { port, service } = await startServer(t, { limits: { uploadBytes: 500_000 } });
  const { upload } = service.jobs;
  service.jobs.upload = async (...given) => {
    const made = await upload(...given);
    made.add = async (_field, { body }) => {
      for await (const _ of body) throw new AppError("MEDIA_TYPE_NOT_ALLOWED", "no video");
    };
    return made;
  };
  for (const [length, status] of [
    [600_000, 413],
    [400_000, 415],
  ] as const) {
    const { socket, answer } = openConnection(port);
    const body = formText([{ ...BASE, content: "x".repeat(length) }]);
    socket.write(head(body.length) + body.slice(0, 300_000));
    assert.match(await answer(/\}$/), new RegExp(`^HTTP/1\\.1 ${status} `));
    socket.write(body.slice(300_000));
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert.match(await answer(/healthy/), /HTTP\/1\.1 200 /);
    socket.destroy();
  }
});

test("a client that goes on sending after its answer is cut off in the end", async (t) => {
  const { port } = await startServer(t, { limits: { uploadBytes: 1000, drainMs: 20 } });
  const { socket, answer } = openConnection(port);
  socket.write(head(5_000_000));
  assert.match(await answer(), /^HTTP\/1\.1 413 /);
});

test("an upload that stalls is refused, before a file, within one and between two", async (t) => {
  const { port, service } = await startServer(t, {
    limits: { uploadBytes: 2 ** 30, uploadPace: { minBytesPerSecond: 1000, windowMs: 30 } },
  });
  for (const sent of [
    "",
    formText([{ ...BASE, content: "x".repeat(1000) }], { open: true }),
    `${formText([BASE], { open: true })}\r\n--${BOUNDARY}\r\nContent-`,
  ]) {
    const { socket, answer } = openConnection(port);
    socket.write(head(5_000_000) + sent);
    assert.match(await answer(/\}$/), /^HTTP\/1\.1 408 [\s\S]*"error":"UPLOAD_TOO_SLOW"/);
    socket.destroy();
  }
  assert.deepEqual(
    service.uploads.map(({ discards }) => discards),
    [1, 1, 1],
  );
});
