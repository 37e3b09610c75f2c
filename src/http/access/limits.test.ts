import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { FastifyInstance, InjectOptions } from "fastify";
import { createRateLimiter } from "./rate-limiter.ts";
import { createGuardedApp, FAR } from "./testing/guarded-app.ts";
import { addressGroup } from "./this-machine.ts";

const FORM = { "content-type": "multipart/form-data; boundary=x" };

/** The statuses of `count` equal requests. */
async function statuses(
  app: FastifyInstance,
  count: number,
  options: InjectOptions,
): Promise<Record<number, number>> {
  const seen: Record<number, number> = {};
  for (let index = 0; index < count; index++) {
    const { statusCode } = await app.inject({ url: "/jobs", ...options });
    seen[statusCode] = (seen[statusCode] ?? 0) + 1;
  }
  return seen;
}

test("no window of a minute sees more than the limit, wherever it begins", () => {
  let now = 5_000_000;
  const limiter = createRateLimiter({ limit: 10, windowMs: 60_000, clock: () => now });
  const allowedAt: number[] = [];
  for (let step = 0; step < 3_000; step++) {
    if (limiter.take("a").allowed) allowedAt.push(now);
    now += 137;
  }
  for (const from of allowedAt) {
    const inWindow = allowedAt.filter((at) => at >= from && at < from + 60_000).length;
    assert.ok(inWindow <= 10, `${inWindow} in the minute from ${from}`);
  }
  // 411 s: at least six minutes' worth, however the windows lie.
  assert.ok(allowedAt.length >= 60, `${allowedAt.length} were served`);
});

test("who waits as long as was said is served", () => {
  let now = 5_000_123;
  const limiter = createRateLimiter({ limit: 3, windowMs: 60_000, clock: () => now });
  for (let served = 0; served < 20; ) {
    const { allowed, resetSeconds } = limiter.take("a");
    if (allowed) served += 1;
    else {
      now += resetSeconds * 1000;
      assert.ok(limiter.take("a").allowed);
      served += 1;
    }
  }
});

test("callers do not share their budgets", () => {
  const limiter = createRateLimiter({ limit: 1, windowMs: 60_000, clock: () => 0 });
  assert.ok(limiter.take("a").allowed);
  assert.ok(limiter.take("b").allowed);
  assert.ok(!limiter.take("a").allowed);
});

test("an IPv6 network counts as one caller, an IPv4 address as itself", () => {
  assert.equal(addressGroup("192.0.2.1"), "192.0.2.1");
  assert.equal(addressGroup("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(addressGroup("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assert.equal(addressGroup("2001:db8:1:2::9"), "2001:db8:1:2::/64");
  assert.equal(addressGroup("2001:db8::9"), "2001:db8:0:0::/64");
  assert.equal(addressGroup("::1"), "0:0:0:0::/64");
  assert.equal(addressGroup("fe80::1%eth0"), "fe80:0:0:0::/64");
});

test("an address that asks too often gets 429, and is told when to come again", async () => {
  const { app, time } = await createGuardedApp({ open: true, requestsPerMinute: 5 });
  const first = await app.inject({ url: "/jobs", remoteAddress: FAR });
  assert.equal(first.headers["ratelimit-limit"], "5");
  assert.equal(first.headers["ratelimit-remaining"], "4");
  assert.deepEqual(await statuses(app, 6, { remoteAddress: FAR }), { 200: 4, 429: 2 });
  const refused = await app.inject({ url: "/jobs", remoteAddress: FAR });
  assert.equal(refused.json().error, "RATE_LIMITED");
  const wait = Number(refused.headers["retry-after"]);
  assert.ok(wait > 50 && wait <= 61, String(wait));
  assert.equal(refused.headers["ratelimit-remaining"], "0");
  assert.equal((await app.inject({ url: "/jobs", remoteAddress: "10.0.0.2" })).statusCode, 200);
  time.now += wait * 1000;
  assert.equal((await app.inject({ url: "/jobs", remoteAddress: FAR })).statusCode, 200);
});

test("a key has its budget wherever it is used, and others at its address have theirs", async () => {
  const { app, keys } = await createGuardedApp({ requestsPerMinute: 4 });
  const own = { "x-api-key": await keys.issue(["read"]) };
  const other = { "x-api-key": await keys.issue(["read"], { id: "k2" }) };
  assert.deepEqual(await statuses(app, 3, { headers: own, remoteAddress: FAR }), { 200: 3 });
  assert.deepEqual(await statuses(app, 3, { headers: own }), { 200: 1, 429: 2 });
  assert.deepEqual(await statuses(app, 3, { headers: other, remoteAddress: FAR }), { 200: 3 });
});

test("what a client says of its address does not change its budget, what a known proxy says does", async () => {
  const strangers = await createGuardedApp({ open: true, requestsPerMinute: 3 });
  const known = await createGuardedApp({
    ...{ open: true, requestsPerMinute: 3, trustProxy: [FAR] },
  });
  let served = { strangers: 0, known: 0 };
  for (let index = 0; index < 6; index++) {
    const options = {
      url: "/jobs",
      remoteAddress: FAR,
      headers: { "x-forwarded-for": `192.0.2.${index}` },
    };
    const ok = async ({ app }: typeof known) =>
      (await app.inject(options)).statusCode === 200 ? 1 : 0;
    served = {
      strangers: served.strangers + (await ok(strangers)),
      known: served.known + (await ok(known)),
    };
  }
  assert.deepEqual(served, { strangers: 3, known: 6 });
});

test("a hundred clients that poll once a second from this machine are never refused", async () => {
  const { app, time } = await createGuardedApp();
  for (let second = 0; second < 65; second++) {
    assert.deepEqual(await statuses(app, 100, {}), { 200: 100 });
    time.now += 1_000;
  }
});

test("a limit that the operator set holds on this machine, too", async () => {
  const { app } = await createGuardedApp({ requestsPerMinute: 5 });
  assert.deepEqual(await statuses(app, 8, {}), { 200: 5, 429: 3 });
});

test("public routes have no limit", async () => {
  const { app } = await createGuardedApp({ requestsPerMinute: 2 });
  assert.deepEqual(await statuses(app, 10, { url: "/health", remoteAddress: FAR }), { 200: 10 });
});

test("uploads have a smaller budget, beside which all else goes on", async () => {
  const { app } = await createGuardedApp({ open: true, requestsPerMinute: 6_000 });
  const upload = { method: "POST", headers: FORM, remoteAddress: FAR } as const;
  assert.deepEqual(await statuses(app, 65, upload), { 200: 60, 429: 5 });
  assert.deepEqual(await statuses(app, 5, { remoteAddress: FAR }), { 200: 5 });
});

test("many failed authentications are answered with 429, and a good key is served all the same", async () => {
  const { app, keys } = await createGuardedApp();
  const key = await keys.issue(["read"]);
  const guess = { remoteAddress: FAR, headers: { "x-api-key": "voc_guess" } };
  assert.deepEqual(await statuses(app, 110, guess), { 401: 100, 429: 10 });
  const good = { remoteAddress: FAR, headers: { "x-api-key": key } };
  assert.deepEqual(await statuses(app, 1, good), { 200: 1 });
});

test("uploads beyond those that may run at a time get 503, until one of them has ended", async (t) => {
  const { app } = await createGuardedApp({ concurrentUploads: 2 });
  let arrived = () => {};
  app.post("/slow", async ({ raw }) => {
    arrived();
    for await (const _ of raw);
    return "done";
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  t.after(() => app.close());
  // It listens on a port.
  const { port } = app.server.address() as AddressInfo;
  const begin = async () => {
    const running = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const upload = request({ port, method: "POST", path: "/slow", headers: FORM });
    upload.on("error", () => {}); // it is broken off below
    upload.write("some");
    await running;
    return upload;
  };
  const again = () => fetch(`http://127.0.0.1:${port}/slow`, { method: "POST", headers: FORM });
  const [first, second] = [await begin(), await begin()];
  const refused = await again();
  assert.equal(refused.status, 503);
  assert.match(await refused.text(), /"OVERLOADED"/u);
  assert.ok(Number(refused.headers.get("retry-after")) > 0);
  assert.equal((await fetch(`http://127.0.0.1:${port}/jobs`)).status, 200);

  first.end();
  await once(first, "response");
  await served(again);
  const third = await begin();
  assert.equal((await again()).status, 503);
  // A client that is gone gives its slot back, too.
  second.destroy();
  await served(again);
  third.destroy();
});

/** Asks until it is served: the server hears of an end a moment after the client. */
async function served(ask: () => Promise<Response>): Promise<void> {
  for (;;) {
    const answer = await ask();
    await answer.arrayBuffer();
    if (answer.status === 200) return;
    assert.equal(answer.status, 503);
  }
}
