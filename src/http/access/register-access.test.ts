import assert from "node:assert/strict";
import { test } from "node:test";
import type { InjectOptions } from "fastify";
import { createGuardedApp, FAR } from "./testing/guarded-app.ts";

const MEDIA = "/jobs/j1/recipients/2/media";
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const KEYLESS = { tenant: "default", scopes: ["read", "write", "admin"], keyId: null };

test("while no key exists, direct requests of this machine may do everything", async () => {
  const { app } = await createGuardedApp();
  for (const remoteAddress of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]) {
    for (const host of ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"]) {
      const answer = await app.inject({ url: "/webhooks", remoteAddress, headers: { host } });
      assert.equal(answer.statusCode, 200, `${remoteAddress} ${host}`);
      assert.deepEqual(answer.json().caller, KEYLESS);
    }
  }
});

test("while no key exists, all others get 401 with the way out", async () => {
  const { app } = await createGuardedApp();
  const others: InjectOptions[] = [
    { remoteAddress: FAR },
    { remoteAddress: "10.0.0.1" },
    { remoteAddress: "::ffff:10.0.0.1" },
    { headers: { host: "evil.example" } },
    { headers: { host: "localhost.evil.example:8000" } },
    { headers: { host: "127.0.0.1.evil.example" } },
    { headers: { origin: "http://evil.example" } },
    { headers: { origin: "null" } },
    { headers: { origin: "http://localhost:3001" } },
    ...["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"].map((name) => ({
      headers: { [name]: "127.0.0.1" },
    })),
  ];
  for (const other of others) {
    for (const method of ["GET", "POST"] as const) {
      const answer = await app.inject({ url: "/jobs", method, ...other });
      assert.equal(answer.statusCode, 401, JSON.stringify(other));
      assert.equal(answer.json().error, "UNAUTHORIZED");
      assert.match(answer.json().message, /vocative keys create.*VOCATIVE_OPEN=true/u);
      assert.match(String(answer.headers["www-authenticate"]), /^Bearer/u);
    }
  }
});

test("public routes are served to everyone, and paths without a route are not found", async () => {
  const { app, keys } = await createGuardedApp();
  for (const round of ["no key", "a key"]) {
    for (const url of ["/health", "/docs/static/a.css"]) {
      assert.equal((await app.inject({ url, remoteAddress: FAR })).statusCode, 200, round);
    }
    assert.equal((await app.inject({ url: "/none", remoteAddress: FAR })).statusCode, 404);
    await keys.issue(["read"]);
  }
});

test("pages that reach this machine under a name of their own see not even public routes", async () => {
  const { app } = await createGuardedApp();
  const headers = { host: "evil.example" };
  const answer = await app.inject({ url: "/health", headers });
  assert.equal(answer.statusCode, 421);
  assert.equal(answer.json().error, "HOST_NOT_ALLOWED");
  assert.equal((await app.inject({ url: "/health", headers, remoteAddress: FAR })).statusCode, 200);
});

test("the first key closes the door at once, and opens it to those who have it", async () => {
  const { app, keys } = await createGuardedApp();
  assert.equal((await app.inject("/jobs")).statusCode, 200);
  const key = await keys.issue(["read"]);
  const refused = await app.inject("/jobs");
  assert.equal(refused.statusCode, 401);
  assert.match(refused.json().message, /Authorization: Bearer.*X-API-Key/u);
  const expected = { tenant: "acme", scopes: ["read"], keyId: "k1" };
  for (const headers of [bearer(key), { "x-api-key": key }, { authorization: `bearer  ${key}` }]) {
    const answer = await app.inject({ url: "/jobs", remoteAddress: FAR, headers });
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(answer.json().caller, expected);
  }
});

test("a key that is wrong, or sent in another way, is refused", async () => {
  const { app, keys } = await createGuardedApp();
  const key = await keys.issue(["read"]);
  const wrong = [
    ...[bearer(`${key}x`), bearer(key.slice(0, -1)), bearer(""), { "x-api-key": "" }],
    ...[{ authorization: key }, { authorization: `Basic ${key}` }, { cookie: `key=${key}` }],
  ];
  for (const headers of wrong) {
    assert.equal((await app.inject({ url: "/jobs", headers })).statusCode, 401, String(headers));
  }
  assert.equal((await app.inject(`/jobs?api_key=${key}`)).statusCode, 401);
});

test("a key may do what its scopes say, and admin everything", async () => {
  const { app, keys } = await createGuardedApp();
  const requests = [
    { method: "GET", url: "/jobs" },
    { method: "HEAD", url: "/jobs" },
    { method: "POST", url: "/jobs" },
    { method: "GET", url: "/webhooks" },
  ] as const;
  const statuses = async (scopes: Parameters<typeof keys.issue>[0]) => {
    const headers = bearer(await keys.issue(scopes));
    return Promise.all(
      requests.map(async (one) => (await app.inject({ ...one, headers })).statusCode),
    );
  };
  assert.deepEqual(await statuses(["read"]), [200, 200, 403, 403]);
  assert.deepEqual(await statuses(["write"]), [403, 403, 200, 403]);
  assert.deepEqual(await statuses(["read", "write"]), [200, 200, 200, 403]);
  assert.deepEqual(await statuses(["admin"]), [200, 200, 200, 200]);
  assert.deepEqual(await statuses([]), [403, 403, 403, 403]);
  const refused = await app.inject({
    ...{ method: "POST", url: "/jobs" },
    headers: bearer(await keys.issue(["read"])),
  });
  assert.equal(refused.json().error, "FORBIDDEN");
  assert.match(refused.json().message, /may read, and this request needs write/u);
});

test("an open service serves everyone, and still knows those who have a key", async () => {
  const { app, keys } = await createGuardedApp({ open: true });
  const key = await keys.issue(["read"]);
  const headers = { host: "api.example.com", "x-forwarded-for": "1.2.3.4" };
  const anyone = await app.inject({ url: "/jobs", remoteAddress: FAR, headers });
  assert.deepEqual(anyone.json().caller, KEYLESS);
  const known = await app.inject({ url: "/jobs", remoteAddress: FAR, headers: bearer(key) });
  assert.equal(known.json().caller.tenant, "acme");
});

test("a link's signature replaces a key on the media route, for reading, and nowhere else", async () => {
  const { app, keys } = await createGuardedApp();
  await keys.issue(["read"]);
  const far = { remoteAddress: FAR } as const;
  const served = await app.inject({ url: `${MEDIA}?expires=1&signature=abc`, ...far });
  assert.equal(served.statusCode, 200);
  assert.equal(served.json().caller, null);
  assert.equal((await app.inject({ url: MEDIA, ...far })).statusCode, 401);
  assert.equal((await app.inject({ url: "/jobs?signature=abc", ...far })).statusCode, 401);
  const write = await app.inject({ url: "/jobs?signature=abc", method: "POST", ...far });
  assert.equal(write.statusCode, 401);
});

test("figures need a key, except on this machine itself", async () => {
  const { app, keys } = await createGuardedApp();
  const key = await keys.issue(["read"]);
  const status = async (options: InjectOptions) =>
    (await app.inject({ url: "/metrics", ...options })).statusCode;
  assert.equal(await status({}), 200);
  assert.equal(await status({ remoteAddress: FAR }), 401);
  assert.equal(await status({ headers: { "x-forwarded-for": "127.0.0.1" } }), 401);
  assert.equal(await status({ headers: { host: "evil.example" } }), 401);
  assert.equal(await status({ remoteAddress: FAR, headers: bearer(key) }), 200);
});

test("hosts that the operator named are served, no others", async () => {
  const { app } = await createGuardedApp({ open: true, allowedHosts: ["API.example.com"] });
  const status = async (host: string) =>
    (await app.inject({ url: "/health", remoteAddress: FAR, headers: { host } })).statusCode;
  assert.equal(await status("api.example.com"), 200);
  assert.equal(await status("Api.Example.com:8000"), 200);
  assert.equal(await status("localhost:8000"), 200);
  assert.equal(await status("other.example.com"), 421);
  assert.equal(await status("api.example.com.evil.example"), 421);
});

test("a named host makes this machine's own requests under it count as such", async () => {
  const { app } = await createGuardedApp({ allowedHosts: ["studio.local"] });
  const headers = { host: "studio.local:8000" };
  assert.equal((await app.inject({ url: "/jobs", headers })).statusCode, 200);
});

test("pages of others may not write, pages of this server and named ones may", async () => {
  const { app } = await createGuardedApp({ open: true });
  const status = async (origin: string, method: "GET" | "POST" = "POST") =>
    (await app.inject({ url: "/jobs", method, headers: { origin, host: "localhost:8000" } }))
      .statusCode;
  assert.equal(await status("http://evil.example"), 403);
  assert.equal(await status("null"), 403);
  assert.equal(await status("http://evil.example", "GET"), 200);
  assert.equal(await status("http://localhost:8000"), 200);
  assert.equal(await status("http://localhost:3000"), 200);
  assert.equal(await status("http://127.0.0.1:3000"), 200);
});

test("named origins are told that they may read answers, refusals included; others are not", async () => {
  const { app, keys } = await createGuardedApp();
  const ask = (origin: string, options: InjectOptions = {}) =>
    app.inject({ url: "/jobs", ...options, headers: { origin, ...options.headers } });
  const named = await ask("http://localhost:3000");
  assert.equal(named.headers["access-control-allow-origin"], "http://localhost:3000");
  assert.match(String(named.headers["access-control-expose-headers"]), /Content-Disposition/u);
  const preflight = await ask("http://localhost:3000", {
    method: "OPTIONS",
    headers: {
      "access-control-request-method": "DELETE",
      "access-control-request-headers": "authorization",
    },
  });
  assert.equal(preflight.statusCode, 204);
  assert.match(String(preflight.headers["access-control-allow-methods"]), /DELETE/u);
  assert.match(String(preflight.headers["access-control-allow-headers"]), /authorization/u);
  await keys.issue(["read"]);
  const refused = await ask("http://localhost:3000");
  assert.equal(refused.statusCode, 401);
  assert.equal(refused.headers["access-control-allow-origin"], "http://localhost:3000");
  const foreign = await ask("http://evil.example");
  assert.equal(foreign.headers["access-control-allow-origin"], undefined);
});

test("* lets the pages of all origins in", async () => {
  const { app } = await createGuardedApp({ open: true, allowedOrigins: ["*"] });
  const headers = { origin: "http://any.example" };
  const answer = await app.inject({ url: "/jobs", method: "POST", headers });
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers["access-control-allow-origin"], "http://any.example");
});

test("every answer tells browsers what they may do with it, and none to come back by TLS", async () => {
  const { app } = await createGuardedApp();
  for (const url of ["/health", "/jobs", "/none"]) {
    const { headers } = await app.inject(url);
    assert.match(String(headers["content-security-policy"]), /default-src 'self'/u);
    assert.doesNotMatch(
      String(headers["content-security-policy"]),
      /unsafe-eval|script-src[^;]*unsafe|upgrade-insecure|https?:/u,
    );
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["strict-transport-security"], undefined);
  }
});

test("polling with a key asks the store for it once in two seconds, and notes its use once a minute", async () => {
  const { app, keys, time } = await createGuardedApp();
  const headers = bearer(await keys.issue(["read"]));
  for (let poll = 0; poll < 600; poll++) {
    assert.equal((await app.inject({ url: "/jobs", headers })).statusCode, 200);
    time.now += 100;
  }
  assert.equal(keys.asked.lookups, 30);
  assert.equal(keys.asked.uses, 1);
  await app.inject({ url: "/jobs", headers });
  assert.equal(keys.asked.uses, 2);
});

test("a key that was removed is refused two seconds later", async () => {
  const { app, keys, time } = await createGuardedApp();
  await keys.issue(["read"], { id: "other" });
  const headers = bearer(await keys.issue(["read"]));
  assert.equal((await app.inject({ url: "/jobs", headers })).statusCode, 200);
  await keys.store.remove("k1");
  time.now += 2_000;
  assert.equal((await app.inject({ url: "/jobs", headers })).statusCode, 401);
});

test("a key is also taken as an offered WebSocket subprotocol, the one header pages may choose", async () => {
  const { app, keys } = await createGuardedApp();
  const key = await keys.issue(["read"]);
  const offer = (secret: string) => ({
    url: "/jobs",
    headers: { "sec-websocket-protocol": `vocative, vocative-key.${secret}` },
  });
  assert.equal((await app.inject(offer(key))).statusCode, 200);
  assert.equal((await app.inject(offer("wrong"))).statusCode, 401);
  assert.equal((await app.inject("/jobs")).statusCode, 401);
});

test("pages of others may read an open server, and open no WebSocket", async () => {
  const { app } = await createGuardedApp({ open: true });
  const headers = { origin: "http://evil.example" };
  assert.equal((await app.inject({ url: "/jobs", headers })).statusCode, 200);
  const upgrade = { ...headers, connection: "Upgrade", upgrade: "websocket" };
  assert.equal((await app.inject({ url: "/jobs", headers: upgrade })).statusCode, 403);
});
