import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import test, { type TestContext } from "node:test";
import { readBinaryFrame } from "../../chat/live/binary-frame.ts";
import { DEFAULT_LIVE_LIMITS } from "../../chat/live/live-limits.ts";
import { createLiveBench } from "../../chat/live/testing/live-fakes.ts";
import { registerAccess } from "../access/register-access.ts";
import { startServer } from "../testing/running-server.ts";
import { registerLiveRoute } from "./live-route.ts";

const realTimers = {
  clock: Date.now,
  after(ms: number, run: () => void) {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};

/** A server with live conversations over fakes, in real time. */
async function startLive(t: TestContext, changes: { pingMs?: number; access?: "real" } = {}) {
  const { sessions } = createLiveBench({ timers: realTimers });
  const { pingMs, access } = changes;
  const server = await startServer(t, {
    plugins: [(app) => registerLiveRoute(app, { sessions, ...(pingMs && { pingMs }) })],
    ...(access && {
      access: (app) =>
        registerAccess(app, {
          keys: { any: async () => false, findByHash: async () => null } as never, // all that is asked of it
          ...{ open: false, allowedHosts: [], allowedOrigins: [], clock: Date.now },
        }),
    }),
  });
  return { ...server, sessions, live: `${server.url.replace("http", "ws")}/api/live` };
}

type Got = Record<string, unknown> | { epoch: number; kind: string };

/** A client whose messages can be waited for. */
function client(url: string) {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const got: Got[] = [];
  const arrived = new EventTarget();
  socket.addEventListener("message", ({ data }) => {
    got.push(typeof data === "string" ? JSON.parse(data) : readBinaryFrame(new Uint8Array(data)));
    arrived.dispatchEvent(new Event("message"));
  });
  return {
    socket,
    got,
    send: (message: object) => socket.send(JSON.stringify({ v: 1, ...message })),
    async until(matches: (one: Got) => boolean): Promise<Got> {
      for (;;) {
        const found = got.find(matches);
        if (found) return found;
        await once(arrived, "message");
      }
    },
  };
}

const isType = (type: string) => (one: Got) => "type" in one && one["type"] === type;

test("a question over a WebSocket is answered with media", async (t) => {
  const { live, sessions } = await startLive(t);
  const one = client(live);
  await once(one.socket, "open");
  one.send({ type: "open" });
  await one.until(isType("opened"));
  one.send({ type: "ask", text: "hello" });
  await one.until(isType("answered"));
  await one.until((frame) => "kind" in frame && frame.kind === "fragment" && frame.epoch === 1);
  one.send({ type: "close" });
  const [{ code }] = (await once(one.socket, "close")) as [CloseEvent];
  assert.equal(code, 1000);
  assert.equal(sessions.stats().sessions, 0);
});

test("a message that is too large ends the connection, and the server lives on", async (t) => {
  const { live } = await startLive(t);
  const one = client(live);
  await once(one.socket, "open");
  one.socket.send("x".repeat(DEFAULT_LIVE_LIMITS.messageBytes + 1));
  const [{ code }] = (await once(one.socket, "close")) as [CloseEvent];
  assert.equal(code, 1009);
  const next = client(live);
  await once(next.socket, "open");
  next.socket.close();
});

test("a client that gives no sign of life is cut off", async (t) => {
  const { port } = await startLive(t, { pingMs: 40 });
  const socket = net.connect(port, "127.0.0.1");
  socket.write(
    "GET /api/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n",
  );
  // It reads, and answers no ping.
  socket.resume();
  await once(socket, "close");
});

/** The status that an upgrade is answered with; 101 when it is taken. */
async function upgradeStatus(url: string, headers: Record<string, string>): Promise<number> {
  const request = http.get(url, {
    agent: false,
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "MDEyMzQ1Njc4OWFiY2RlZg==",
      ...headers,
    },
  });
  return new Promise((resolve, reject) => {
    request.once("upgrade", (_response, socket) => {
      socket.destroy();
      resolve(101);
    });
    request.once("response", (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.once("error", reject);
  });
}

test("pages of others and strange hosts cannot open a conversation", async (t) => {
  const { url } = await startLive(t, { access: "real" });
  const target = `${url}/api/live`;
  assert.equal(await upgradeStatus(target, {}), 101);
  assert.equal(await upgradeStatus(target, { origin: url }), 101);
  assert.equal(await upgradeStatus(target, { origin: "https://evil.example" }), 401);
  assert.equal(await upgradeStatus(target, { host: "evil.example" }), 401);
});

test("an upgrade anywhere else is answered as an ordinary request", async (t) => {
  const { url } = await startLive(t);
  assert.equal(await upgradeStatus(`${url}/`, { upgrade: "h2c" }), 200);
  assert.equal(await upgradeStatus(`${url}/jobs/none`, {}), 404);
  assert.equal(await upgradeStatus(`${url}/api/live`, { upgrade: "h2c" }), 404);
});

test("a server that ends tells its clients, and does not wait for them", async (t) => {
  const { live, sessions } = await startLive(t);
  const one = client(live);
  await once(one.socket, "open");
  one.send({ type: "open", mode: "text" });
  await one.until(isType("opened"));
  const closed = once(one.socket, "close");
  await sessions.close();
  const [{ code }] = (await closed) as [CloseEvent];
  assert.equal(code, 1001);
});

test("many idle connections cost little memory", async (t) => {
  const { live } = await startLive(t);
  const before = process.memoryUsage().rss;
  const all = Array.from({ length: 300 }, () => client(live));
  await Promise.all(all.map(({ socket }) => once(socket, "open")));
  const each = (process.memoryUsage().rss - before) / all.length;
  // Both ends are in this process.
  assert.ok(each < 300_000, `${Math.round(each / 1000)} KB each`);
  for (const { socket } of all) socket.close();
  await Promise.all(all.map(({ socket }) => once(socket, "close")));
});
