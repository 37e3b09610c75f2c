import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../domain/app-error.ts";
import { createHttpServer } from "./server.ts";
import { createFakeService } from "./testing/fake-service.ts";
import { createKeptLog, openConnection, startServer } from "./testing/running-server.ts";

type Body = Record<string, unknown>;

test("the root says that the service runs", async (t) => {
  const { url } = await startServer(t);
  const answer = await fetch(url);
  assert.deepEqual(await answer.json(), {
    message: "LUMEN API is running",
    status: "healthy",
    version: "1.0.0",
    gpu_enabled: false,
  });
});

test("every answer tells the request's id: a sane one of the caller's, else a new UUID", async (t) => {
  const { url } = await startServer(t);
  const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/u;
  const idOf = async (given: string) => {
    const answer = await fetch(`${url}/nowhere`, { headers: { "x-request-id": given } });
    const id = answer.headers.get("x-request-id");
    assert.equal(((await answer.json()) as Body)["request_id"], id);
    return id ?? "";
  };
  assert.equal(await idOf("caller-1.a_b"), "caller-1.a_b");
  for (const given of ["short", "x".repeat(129), 'forged" line', "a/../../b/c"]) {
    assert.match(await idOf(given), uuid, given);
  }
});

test("a path that is not there is 404, and its query is not repeated", async (t) => {
  const { url } = await startServer(t);
  const answer = await fetch(`${url}/nowhere?signature=secret`);
  const body = (await answer.json()) as Body;
  assert.deepEqual(
    [answer.status, body["detail"], body["error"], body["path"]],
    [404, "Not Found", "NOT_FOUND", "/nowhere"],
  );
});

test("a path that is there for other methods is 405 and names them", async (t) => {
  const { url } = await startServer(t);
  for (const [method, path, allow] of [
    ["PUT", "/jobs", "GET, HEAD, POST"],
    ["POST", "/jobs/j1", "DELETE, GET, HEAD"],
    ["DELETE", "/jobs/j1/recipients/2/media", "GET, HEAD"],
    ["GET", "/convert", "POST"],
    ["POST", "/", "GET, HEAD"],
  ] as const) {
    const answer = await fetch(url + path, { method });
    assert.deepEqual([answer.status, answer.headers.get("allow")], [405, allow], path);
    assert.equal(((await answer.json()) as Body)["error"], "METHOD_NOT_ALLOWED");
  }
  assert.equal((await fetch(`${url}/jobs/j1/other`, { method: "POST" })).status, 404);
});

test("a path that cannot be read, and an overlong id, are answered in the same body", async (t) => {
  const { url } = await startServer(t);
  for (const [path, status] of [
    ["/jobs/%zz", 400],
    [`/jobs/${"x".repeat(500)}`, 404],
  ] as const) {
    const answer = await fetch(url + path);
    assert.equal(answer.status, status);
    assert.ok(((await answer.json()) as Body)["request_id"]);
  }
});

test("a failure within is 500 without a word of what is inside", async (t) => {
  const { url, service } = await startServer(t);
  service.jobs.get = async () => {
    throw new Error("SELECT * FROM secret");
  };
  const answer = await fetch(`${url}/jobs/j1`);
  const text = await answer.text();
  assert.equal(answer.status, 500);
  assert.equal(JSON.parse(text).error, "InternalServerError");
  assert.ok(!text.includes("secret"));
});

test("each request is logged once, without its query, and failures within by their cause", async (t) => {
  const { logger, line, lines } = createKeptLog();
  const { url, service } = await startServer(t, { logger });
  const cause = new Error("the cause");
  service.jobs.get = async () => {
    throw cause;
  };
  await fetch(`${url}/jobs/j1/recipients/2/media?expires=9&signature=good`);
  await fetch(`${url}/jobs/j1`);
  await line(({ context }) => context["route"] === "/jobs/:job_id/recipients/:row/media");
  const { level, context } = await line(({ context }) => context["route"] === "/jobs/:job_id");
  assert.deepEqual([level, context["method"], context["status"]], ["info", "GET", 500]);
  const failure = lines.find((one) => one.level === "error");
  assert.equal(failure?.context["err"], cause);
  assert.equal(lines.filter((one) => one.level === "info" && one.context["status"]).length, 2);
  assert.ok(!JSON.stringify(lines).includes("signature"));
});

test("what a client that polls is answered is not news: it is logged below INFO", async (t) => {
  const { logger, line } = createKeptLog();
  const { url } = await startServer(t, { logger });
  for (const [path, level] of [
    ["/jobs/j1", "debug"],
    ["/jobs", "info"],
  ] as const) {
    const { status } = await fetch(url + path);
    assert.equal(status, 200, path);
    const logged = await line(({ message }) => message.startsWith(`GET ${path} 200`));
    assert.equal(logged.level, level, path);
  }
});

test("an overloaded service says when to come again, unless the thrower said it", async (t) => {
  const { url, service } = await startServer(t, {
    plugins: [
      (app) => {
        app.get("/busy", (_request, reply) => {
          reply.header("retry-after", 7);
          throw new AppError("RATE_LIMITED", "slowly");
        });
      },
    ],
  });
  service.jobs.get = async () => {
    throw new AppError("OVERLOADED", "too much to do");
  };
  const answer = await fetch(`${url}/jobs/j1`);
  assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "1"]);
  const busy = await fetch(`${url}/busy`);
  assert.deepEqual([busy.status, busy.headers.get("retry-after")], [429, "7"]);
});

test("what is no HTTP is answered in the same body", async (t) => {
  const { port } = await startServer(t);
  const { socket, answer } = openConnection(port);
  socket.write("NONSENSE\r\n\r\n");
  const text = await answer();
  assert.match(text, /^HTTP\/1\.1 400 /);
  const body = JSON.parse(text.slice(text.indexOf("\r\n\r\n"))) as Body;
  assert.deepEqual([body["error"], body["path"]], ["BAD_REQUEST", ""]);
  assert.ok(text.includes(`X-Request-Id: ${body["request_id"]}`));
});

test("JSON that cannot be read is 400, and a body that is too large 413", async (t) => {
  const { url } = await startServer(t);
  const post = (body: string) =>
    fetch(`${url}/jobs/j1/recipients/2/link`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
  assert.equal((await post("{")).status, 400);
  assert.equal((await post('{"__proto__": 1}')).status, 400);
  assert.equal((await post(JSON.stringify("x".repeat(2_000_000)))).status, 413);
});

test("text and forms are no JSON, as pages elsewhere would send them", async (t) => {
  const { url, service } = await startServer(t);
  for (const type of ["text/plain", "multipart/form-data; boundary=x", "application/xml"]) {
    const answer = await fetch(`${url}/jobs/j1/recipients/2/link`, {
      method: "POST",
      headers: { "content-type": type },
      body: "{}",
    });
    assert.equal(answer.status, 415, type);
    assert.equal(((await answer.json()) as Body)["error"], "TYPE_NOT_SUPPORTED");
  }
  assert.deepEqual(service.calls, []);
});

test("a connection serves on after a body that is not read: its type or length was refused", async (t) => {
  const { port } = await startServer(t);
  for (const [type, length, status] of [
    ["text/plain", 4, 415],
    ["application/json", 2_000_000, 413],
  ] as const) {
    const { socket, answer } = openConnection(port);
    const head = "POST /jobs/j1/recipients/2/link HTTP/1.1\r\nHost: localhost\r\n";
    socket.write(`${head}Content-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`);
    assert.match(await answer(/\}$/), new RegExp(`^HTTP/1\\.1 ${status} `));
    socket.write("x".repeat(length));
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert.match(await answer(/healthy/), /HTTP\/1\.1 200 /);
    socket.destroy();
  }
});

test("a body that does not come in time is 408", async (t) => {
  const { port } = await startServer(t, {
    limits: { uploadBytes: 1000, bodyDeadlineMs: 20, drainMs: 20 },
  });
  const { socket, answer } = openConnection(port);
  socket.write(
    "POST /jobs/j1/recipients/2/link HTTP/1.1\r\nHost: localhost\r\n" +
      'Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{"expires',
  );
  assert.match(await answer(), /^HTTP\/1\.1 408 [\s\S]*"error":"UPLOAD_TOO_SLOW"/);
});

test("headers have ten seconds, uploads no deadline", () => {
  const { server } = createHttpServer({
    service: createFakeService(),
    version: "1",
    access: () => {},
    limits: { uploadBytes: 1 },
  });
  assert.deepEqual([server.headersTimeout, server.requestTimeout], [10_000, 0]);
});

test("what the access plugin sets up holds for every route, also those of other plugins", async (t) => {
  const { url } = await startServer(t, {
    access: async (app) => {
      app.addHook("onRequest", async () => {
        throw new AppError("FORBIDDEN", "nobody");
      });
    },
    plugins: [(app) => void app.get("/more", async () => "more")],
  });
  for (const path of ["/", "/jobs", "/jobs/j1/download", "/more", "/docs", "/redoc", "/nowhere"]) {
    assert.equal((await fetch(url + path)).status, 403, path);
  }
});

test("without anybody known nothing but public pages is served", async (t) => {
  const { url } = await startServer(t, { access: () => {} });
  for (const path of ["/jobs", "/jobs/j1", "/jobs/j1/recipients", "/templates"]) {
    assert.equal((await fetch(url + path)).status, 401, path);
  }
  assert.equal((await fetch(url)).status, 200);
});

test("only proxies that are named are believed about the client's address", async (t) => {
  const addressOf = async (trustProxy: string[]) => {
    const { url } = await startServer(t, {
      trustProxy,
      plugins: [(app) => void app.get("/ip", async ({ ip }) => ip)],
    });
    const headers = { "x-forwarded-for": "203.0.113.9" };
    return (await fetch(`${url}/ip`, { headers })).text();
  };
  assert.equal(await addressOf([]), "127.0.0.1");
  assert.equal(await addressOf(["10.0.0.0/8"]), "127.0.0.1");
  assert.equal(await addressOf(["127.0.0.1"]), "203.0.113.9");
});
