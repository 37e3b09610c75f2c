import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo, LookupFunction } from "node:net";
import { after, test } from "node:test";
import { isForbiddenAddress } from "./forbidden-addresses.ts";
import { createOutgoing } from "./outgoing.ts";

const closers: (() => Promise<unknown> | unknown)[] = [];
after(() => Promise.all(closers.map((close) => close())));

async function listen(answer: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  // It listens on a port.
  return { server, port: (server.address() as AddressInfo).port };
}

/** Resolves every name to `addresses`. */
const resolvingTo =
  (...addresses: string[]): LookupFunction =>
  (_name, options, callback) => {
    const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    if (options.all) callback(null, found);
    else callback(null, found[0]?.address ?? "", found[0]?.family);
  };

function outgoing(options: { allow?: string[]; lookup?: LookupFunction; timeoutMs?: number } = {}) {
  const made = createOutgoing({ allow: [], timeoutMs: 2_000, ...options });
  closers.push(made.close);
  return made;
}

const request = (body = "{}") => ({
  headers: { "content-type": "application/json" },
  body,
  signal: new AbortController().signal,
});
const REFUSED = { code: "URL_NOT_ALLOWED" };

test("addresses that are not on the public internet are forbidden, those beside them are not", () => {
  const forbidden = [
    ...["0.0.0.0", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.1"],
    ...["169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.168.0.1"],
    ...["198.18.0.1", "203.0.113.9", "224.0.0.1", "239.255.255.250", "255.255.255.255"],
    ...["::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1"],
    ...["64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1"],
    ...[
      "fc00::1",
      "fd00:ec2::254",
      "fe80::1",
      "fe80::1%eth0",
      "fec0::1",
      "ff02::1",
      "localhost",
      "",
    ],
  ];
  for (const address of forbidden) assert.ok(isForbiddenAddress(address), address);
  const free = [
    ...["1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "128.0.0.1"],
    ...["172.15.255.255", "172.32.0.0", "192.167.255.255", "223.255.255.255"],
    ...["2001:4860:4860::8888", "2600::1", "2a00:1450::1"],
  ];
  for (const address of free) assert.ok(!isForbiddenAddress(address), address);
});

test("an address is refused however it is written, without and with a request", async () => {
  const { port } = await listen((_request, answer) => answer.end());
  const { check, post } = outgoing();
  const hosts = [
    ...["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.0.0.1."],
    ...["0", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"],
    ...["[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[fe80::1]", "169.254.169.254", "①②⑦.⓪.⓪.①"],
    ...["localhost", "LOCALHOST", "localhost.", "a.localhost", "%31%32%37.0.0.1"],
  ];
  for (const host of hosts) {
    const url = `http://${host}:${port}/`;
    assert.throws(() => check(url), REFUSED, url);
    await assert.rejects(post(url, request()), REFUSED, url);
  }
});

test("what is no plain http or https URL is refused", () => {
  const { check } = outgoing();
  const urls = [
    ...["", "hook", "/hook", "//host/hook", "ftp://host/", "file:///etc/passwd", "data:,x"],
    ...["javascript:alert(1)", "gopher://host/", "http://", "https://user:password@host/"],
    ...["https://user@host/", `https://host/${"a".repeat(3000)}`],
  ];
  for (const url of urls) assert.throws(() => check(url), REFUSED, url);
  for (const url of ["https://example.com/hook?a=1", "http://example.com:8080/"]) check(url);
});

test("a name that leads to a forbidden address is refused before anything is sent", async () => {
  let reached = 0;
  const { server, port } = await listen((_request, answer) => answer.end());
  server.on("connection", () => {
    reached += 1;
  });
  for (const addresses of [
    ["127.0.0.1"],
    ["::1"],
    ["1.1.1.1", "127.0.0.1"],
    ["::ffff:127.0.0.1"],
  ]) {
    for (const scheme of ["http", "https"]) {
      const { check, post } = outgoing({ lookup: resolvingTo(...addresses) });
      const url = `${scheme}://hooks.example:${port}/`;
      check(url);
      await assert.rejects(post(url, request()), { ...REFUSED, message: /hooks\.example/u });
    }
  }
  assert.equal(reached, 0);
});

test("what the operator permits is called with the given headers and body", async () => {
  const seen: { request: IncomingMessage; body: string }[] = [];
  const { port } = await listen((incoming, answer) => {
    let body = "";
    incoming.on("data", (chunk) => {
      body += String(chunk);
    });
    incoming.on("end", () => {
      seen.push({ request: incoming, body });
      answer.writeHead(202).end("thanks");
    });
  });
  const byAddress = outgoing({ allow: [`127.0.0.1:${port}`] });
  assert.deepEqual(await byAddress.post(`http://127.0.0.1:${port}/hook?a=1`, request('{"a":1}')), {
    status: 202,
  });
  const byName = outgoing({ allow: [`Hooks.example:${port}`], lookup: resolvingTo("127.0.0.1") });
  assert.deepEqual(await byName.post(`http://hooks.example:${port}/`, request()), { status: 202 });
  assert.equal(seen[0]?.body, '{"a":1}');
  assert.equal(seen[0]?.request.method, "POST");
  assert.equal(seen[0]?.request.url, "/hook?a=1");
  assert.equal(seen[0]?.request.headers["content-type"], "application/json");
  assert.equal(seen[1]?.request.headers.host, `hooks.example:${port}`);
});

test("permission is for one port only", async () => {
  const [one, other] = [await listen((_, answer) => answer.end()), await listen(() => {})];
  const { post } = outgoing({ allow: [`127.0.0.1:${one.port}`] });
  assert.equal((await post(`http://127.0.0.1:${one.port}/`, request())).status, 200);
  await assert.rejects(post(`http://127.0.0.1:${other.port}/`, request()), REFUSED);
});

test("a redirect is a status like any other: it is not followed", async () => {
  let reached = 0;
  const target = await listen((_request, answer) => {
    reached += 1;
    answer.end();
  });
  const { port } = await listen((_request, answer) => {
    answer.writeHead(307, { location: `http://127.0.0.1:${target.port}/` }).end();
  });
  const { post } = outgoing({ allow: [`127.0.0.1:${port}`, `127.0.0.1:${target.port}`] });
  assert.deepEqual(await post(`http://127.0.0.1:${port}/`, request()), { status: 307 });
  assert.equal(reached, 0);
});

test("an endless answer is cut, and its status holds", async () => {
  let sent = 0;
  const { port } = await listen((_request, answer) => {
    const more = (): void => {
      while (!answer.destroyed && answer.write(Buffer.alloc(65_536))) sent += 65_536;
    };
    answer.on("drain", more);
    more();
  });
  const { post } = outgoing({ allow: [`127.0.0.1:${port}`] });
  assert.deepEqual(await post(`http://127.0.0.1:${port}/`, request()), { status: 200 });
  assert.ok(sent < 64 * 2 ** 20, `${sent} bytes were sent`);
});

test("who does not answer in time, or hangs up, can be asked again later", async () => {
  const silent = await listen(() => {});
  const { post } = outgoing({ allow: [`127.0.0.1:${silent.port}`], timeoutMs: 100 });
  await assert.rejects(post(`http://127.0.0.1:${silent.port}/`, request()), {
    ...{ code: "OUTGOING_FAILED", retryable: true, message: /did not answer within 100 ms/u },
  });
  const rude = await listen((incoming) => incoming.socket.destroy());
  const again = outgoing({ allow: [`127.0.0.1:${rude.port}`] });
  await assert.rejects(again.post(`http://127.0.0.1:${rude.port}/`, request()), {
    ...{ code: "OUTGOING_FAILED", retryable: true },
  });
});

test("a request can be called off", async () => {
  const abort = new AbortController();
  const { port } = await listen(() => abort.abort());
  const { post } = outgoing({ allow: [`127.0.0.1:${port}`] });
  const url = `http://127.0.0.1:${port}/`;
  const { signal } = abort;
  await assert.rejects(post(url, { ...request(), signal }), { code: "CANCELLED" });
  await assert.rejects(post(url, { ...request(), signal }), { code: "CANCELLED" });
});
