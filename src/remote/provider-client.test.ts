import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import {
  type Reply,
  type StandIn,
  startStandIn,
  type Trouble,
} from "../../test/support/speech-servers/stand-in.ts";
import type { AppError } from "../domain/app-error.ts";
import { isRetryLater } from "../domain/retry-later.ts";
import { createProviderClient, type ProviderClientOptions } from "./provider-client.ts";

const KEY = "sk-very-secret-0123";
const START = Date.UTC(2026, 0, 1);
const never = new AbortController().signal;
const call = { path: "/v1/speech?format=wav", body: () => "text" };

let server: StandIn;
before(async () => {
  server = await startStandIn(() => ({ body: "sound" }));
});
after(() => server.close());

/** A client on a clock that only its own waiting moves. */
function clientOf(options: Partial<ProviderClientOptions> = {}) {
  const time = { now: START };
  const waits: number[] = [];
  const client = createProviderClient({
    name: "Acme",
    limit: "speech:acme",
    baseUrl: server.url,
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    concurrency: 2,
    clock: () => time.now,
    wait: async (ms) => {
      waits.push(ms);
      time.now += ms;
    },
    ...options,
  });
  const from = server.received.length;
  return {
    client,
    time,
    waits,
    send: (signal = never) => client.send(call, { signal }),
    /** Requests of this client so far. */
    sent: () => server.received.length - from,
  };
}

/** What a request to a server in such trouble comes to. */
async function failure(
  options: Partial<ProviderClientOptions>,
  ...troubles: Trouble[]
): Promise<{ error: AppError; sent: number; waits: number[] }> {
  server.trouble(...troubles);
  const { send, sent, waits } = clientOf(options);
  // Whatever it throws is looked at by the caller.
  const error = (await send().then(
    () => assert.fail("sent"),
    (thrown) => thrown,
  )) as AppError;
  return { error, sent: sent(), waits };
}

const times = (count: number, trouble: Trouble) => Array.from({ length: count }, () => trouble);

describe("a provider client", () => {
  test("sends method, path, headers and body, and reads the answer whole", async () => {
    server.trouble({
      status: 201,
      headers: { "x-request": "7" },
      body: "é".repeat(9),
      chunkBytes: 1,
    });
    const { client } = clientOf({ baseUrl: `${server.url}/proxy//` });
    const answer = await client.send(
      { ...call, headers: { accept: "audio/wav" } },
      { signal: never },
    );
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get("x-request"), "7");
    assert.equal(new TextDecoder().decode(answer.body), "é".repeat(9));
    const { method, path, headers, body } = server.received.at(-1) ?? assert.fail();
    assert.deepEqual(
      [method, path, headers["authorization"], headers["accept"], body.toString()],
      ["POST", "/proxy/v1/speech?format=wav", `Bearer ${KEY}`, "audio/wav", "text"],
    );
    await client.send({ method: "DELETE", path: "v1/voices/7" }, { signal: never });
    assert.deepEqual(
      [server.received.at(-1)?.method, server.received.at(-1)?.path],
      ["DELETE", "/proxy/v1/voices/7"],
    );
  });

  const FINAL: [number, string, boolean][] = [
    [400, "SPEECH_FAILED", false],
    [401, "SPEECH_REFUSED", false],
    [402, "SPEECH_REFUSED", false],
    [403, "SPEECH_REFUSED", false],
    [404, "SPEECH_FAILED", false],
    [413, "SPEECH_FAILED", false],
    [422, "SPEECH_FAILED", false],
  ];
  for (const [status, code, retryable] of FINAL) {
    test(`${status} is ${code} and is not sent again`, async () => {
      const body = JSON.stringify({ error: { message: "no\nvoice" } });
      const { error, sent } = await failure({}, { status, body });
      assert.deepEqual(
        [error.code, error.message, error.retryable, sent],
        [code, `Acme answered ${status}: no voice`, retryable, 1],
      );
    });
  }

  for (const status of [408, 425, 500, 502, 503, 504]) {
    test(`${status} is a passing fault: it is sent again after a while that doubles`, async () => {
      server.trouble(...times(3, { status, body: "busy" }));
      const { send, sent, waits } = clientOf();
      await send();
      assert.deepEqual([sent(), waits], [4, [500, 1000, 2000]]);
      const { error } = await failure({}, ...times(4, { status, body: "busy" }));
      assert.deepEqual(
        [error.code, error.message, error.retryable],
        ["SPEECH_FAILED", `Acme answered ${status}: busy`, true],
      );
    });
  }

  const WAITS: [string, Record<string, string>, number][] = [
    ["seconds", { "retry-after": "7" }, 7000],
    ["fractions of a second", { "retry-after": "0.25" }, 250],
    ["a date", { "retry-after": new Date(START + 9000).toUTCString() }, 9000],
    ["a date gone by", { "retry-after": new Date(START - 9000).toUTCString() }, 500],
    ["no time at all", { "retry-after": "0" }, 500],
    ["nonsense", { "retry-after": "soon" }, 500],
    ["nothing", {}, 500],
  ];
  for (const [what, headers, ms] of WAITS) {
    test(`429 with ${what} in Retry-After waits ${ms} ms and asks for one less at a time`, async () => {
      server.trouble({ status: 429, headers });
      const { client, send, waits } = clientOf();
      await send();
      assert.deepEqual([waits, client.pace.concurrency], [[ms], 1]);
    });
  }

  test("being asked to wait does not use up the attempts for faults", async () => {
    server.trouble(...times(5, { status: 429, headers: { "retry-after": "1" } }));
    server.trouble(...times(3, { status: 500 }));
    const { send, sent } = clientOf();
    await send();
    assert.equal(sent(), 9);
  });

  test("a provider that asks to wait again and again is asked later, after so many times", async () => {
    const again = { status: 429, headers: { "retry-after": "1" } };
    const { error, sent } = await failure({}, ...times(12, again));
    assert.ok(isRetryLater(error));
    assert.deepEqual([error.notBefore, error.limit, sent], [START + 12_000, "speech:acme", 12]);
  });

  for (const status of [429, 503]) {
    test(`${status} that asks for a long wait is RetryLater, for all requests until then`, async () => {
      server.trouble({ status, headers: { "retry-after": "600" }, body: "full" });
      const { send, sent, time } = clientOf();
      for (let request = 0; request < 3; request++) {
        const error = await send().catch((thrown: unknown) => thrown);
        assert.ok(isRetryLater(error));
        assert.deepEqual([error.notBefore, error.limit], [START + 600_000, "speech:acme"]);
      }
      assert.equal(sent(), 1);
      assert.equal(timersLeft(), 0);
      time.now = START + 600_000;
      await send();
    });
  }

  test("nobody is sent away for more than a day", async () => {
    const { error } = await failure(
      {},
      { status: 429, headers: { "retry-after": "9".repeat(20) } },
    );
    assert.ok(isRetryLater(error));
    assert.equal(error.notBefore, START + 24 * 3600_000);
  });

  test("without being told for how long it waits twice as long each time, at last elsewhere", async () => {
    const { error, sent, waits } = await failure({}, ...times(8, { status: 429 }));
    assert.ok(isRetryLater(error));
    const waited = waits.reduce((sum, ms) => sum + ms, 0);
    assert.deepEqual([sent, waited, error.notBefore], [8, 63_500, START + 63_500 + 64_000]);
  });

  test("after a complaint more are sent at a time again when all goes well", async () => {
    server.trouble({ status: 429 });
    const { client, send } = clientOf({ concurrency: 2 });
    await send();
    assert.equal(client.pace.concurrency, 1);
    for (let served = 1; served < 20; served++) await send();
    assert.equal(client.pace.concurrency, 2);
  });

  test("a provider that serves a request after having refused another is asked on", async () => {
    const gate = Promise.withResolvers<void>();
    const fickle = await startStandIn(async ({ path }) => {
      if (path === "/bad") return { status: 401, body: "bad key" };
      await gate.promise;
      return { body: "sound" };
    });
    const { client } = clientOf({ baseUrl: fickle.url });
    const good = client.send({ path: "/good" }, { signal: never });
    await fickle.until(1);
    await assert.rejects(client.send({ path: "/bad" }, { signal: never }), /bad key/);
    await assert.rejects(client.send({ path: "/good" }, { signal: never }), /bad key/);
    gate.resolve();
    await good;
    await client.send({ path: "/good" }, { signal: never });
    await fickle.close();
  });

  test("what waits in line when a provider closes is not sent in vain", async () => {
    server.trouble({ status: 401, body: "bad key" });
    const { send, sent } = clientOf({ concurrency: 1 });
    const outcomes = await Promise.allSettled([send(), send(), send()]);
    assert.deepEqual(outcomes.map(codeOf), times(3, "SPEECH_REFUSED" as never));
    assert.equal(sent(), 1);
  });

  test("many requests refused at one moment are all served in the end", async () => {
    server.trouble(...times(5, { status: 429, headers: { "retry-after": "2" } }));
    const { client, send } = clientOf({ concurrency: 5 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => send()));
    assert.equal(answers.length, 20);
    assert.ok(client.pace.concurrency < 5);
  });

  test("it never has more under way than it may", async () => {
    const slow = await startStandIn(async () => {
      await slow.until(3);
      return { body: "sound" };
    });
    const { send } = clientOf({ baseUrl: slow.url, concurrency: 3 });
    await Promise.all(Array.from({ length: 12 }, () => send()));
    assert.deepEqual([slow.received.length, slow.underWay.most], [12, 3]);
    await slow.close();
  });
});

describe("a provider that cannot be reached", () => {
  test("a refused connection is told with its address and its reason, after four attempts", async () => {
    const { client, waits } = clientOf({ baseUrl: await closedAddress() });
    await assert.rejects(client.send(call, { signal: never }), {
      code: "SPEECH_FAILED",
      message: /^Acme cannot be reached at 127\.0\.0\.1:\d+: connect ECONNREFUSED/,
      retryable: true,
    });
    assert.deepEqual(waits, [500, 1000, 2000]);
  });

  test("with little patience it is given up sooner", async () => {
    const { client, waits } = clientOf({ baseUrl: await closedAddress(), patienceMs: 1200 });
    await assert.rejects(client.send(call, { signal: never }), { code: "SPEECH_FAILED" });
    assert.deepEqual(waits, [500]);
  });

  const BROKEN: [Trouble, RegExp][] = [
    ["refuse", /^Acme cannot be reached at 127\.0\.0\.1:\d+: other side closed/],
    ["cut", /^Acme broke off its answer: other side closed/],
    ["silent", /^Acme did not answer whole within 0\.1 s/],
    ["stall", /^Acme did not answer whole within 0\.1 s/],
  ];
  for (const [trouble, message] of BROKEN) {
    const timeoutMs = trouble === "silent" || trouble === "stall" ? 100 : 5000;
    test(`a connection in trouble (${trouble}) is given up and tried again`, async () => {
      server.trouble(trouble);
      const { send, sent } = clientOf({ timeoutMs });
      await send();
      assert.equal(sent(), 2);
    });

    test(`a connection that stays in trouble (${trouble}) is told`, async () => {
      const { error, sent } = await failure({ timeoutMs, attempts: 2 }, ...times(2, trouble));
      assert.deepEqual([error.code, error.retryable, sent], ["SPEECH_FAILED", true, 2]);
      assert.match(error.message, message);
    });
  }

  test("after two requests that met only faults it is left alone for a minute, and they are to be made later", async () => {
    server.trouble(...times(4, { status: 500, body: "down" }));
    const { send, sent, time } = clientOf({ attempts: 2 });
    await assert.rejects(send(), { code: "SPEECH_FAILED", message: /answered 500: down/ });
    const asked = await send().catch((thrown: unknown) => thrown);
    assert.ok(isRetryLater(asked) && asked.notBefore === time.now + 60_000);
    assert.match(asked.message, /answered 500: down/);
    assert.equal(sent(), 4);
    const meanwhile = await send().catch((thrown: unknown) => thrown);
    assert.ok(isRetryLater(meanwhile) && meanwhile.notBefore === asked.notBefore);
    assert.match(meanwhile.message, /answered 500: down/);
    assert.equal(sent(), 4);
    time.now += 60_000;
    await send();
    server.trouble(...times(2, { status: 500, body: "down" }));
    await assert.rejects(send(), /down/);
    await send();
  });

  test("an outage of more than ten minutes fails requests at once, with the reason, until it is over", async () => {
    const { send, sent, time } = clientOf({ attempts: 1 });
    server.trouble(...times(12, { status: 503, body: "down" }));
    await assert.rejects(send(), { code: "SPEECH_FAILED" });
    for (let rest = 1; rest <= 10; rest++) {
      assert.ok(isRetryLater(await send().catch((thrown: unknown) => thrown)), `rest ${rest}`);
      time.now += 60_000;
    }
    const failed = { code: "SPEECH_FAILED", message: /answered 503: down$/, retryable: true };
    await assert.rejects(send(), failed);
    await assert.rejects(send(), failed);
    assert.equal(sent(), 12);
    time.now += 60_000;
    await send();
  });

  test("a request refused for its own sake shows that the provider can be reached", async () => {
    const { send } = clientOf({ attempts: 1 });
    for (const status of [500, 400, 500, 400, 500]) {
      server.trouble({ status, body: "no" });
      await assert.rejects(send(), new RegExp(`answered ${status}`));
    }
  });
});

describe("an answer that cannot be used", () => {
  test("a body over the limit is not read to its end", async () => {
    const endless = { body: Buffer.alloc(50 * 2 ** 20), chunkBytes: 2 ** 16 };
    const { error, sent } = await failure({ maxBodyBytes: 2 ** 20 }, endless);
    assert.deepEqual([error.code, error.retryable, sent], ["SPEECH_FAILED", false, 1]);
    assert.match(error.message, /^Acme sends more than 1048576 bytes/);
  });

  test("of a refusal only the beginning is read and one line is told", async () => {
    const long = { status: 400, body: "x \n".repeat(2 ** 20), chunkBytes: 2 ** 16 };
    const { error } = await failure({}, long);
    assert.ok(error.message.length < 250 && !error.message.includes("\n"), error.message);
  });

  test("an HTML page is told by its title", async () => {
    const body =
      "<!doctype html><html><head><title>Bad Gateway</title></head><body>…</body></html>";
    const { error } = await failure({ attempts: 1 }, { status: 502, body });
    assert.equal(error.message, "Acme answered 502: Bad Gateway");
  });

  test("a redirect is not followed, as it would carry the key elsewhere", async () => {
    const elsewhere = await startStandIn(() => ({ body: "stolen" }));
    try {
      for (const status of [301, 302, 303, 307, 308]) {
        const headers = { location: `${elsewhere.url}/new?key=${KEY}` };
        const { error, sent } = await failure({}, { status, headers });
        assert.equal(error.code, "SPEECH_FAILED");
        assert.match(error.message, /redirects to http:\/\/127\.0\.0\.1:\d+\/new: give its final/);
        assert.equal(sent, 1);
      }
      assert.equal(elsewhere.received.length, 0);
    } finally {
      await elsewhere.close();
    }
  });

  test("a status that the adapter counts as an answer is one", async () => {
    server.trouble({ status: 404, body: "none" });
    const { client } = clientOf();
    const answer = await client.send({ ...call, answers: [404] }, { signal: never });
    assert.deepEqual([answer.status, Buffer.from(answer.body).toString()], [404, "none"]);
  });

  test("the adapter may read a refusal in its own way", async () => {
    const refusal = ({ status, text }: { status: number; text: string }) =>
      status === 429 && text === "quota"
        ? { kind: "closed" as const, message: "no credit left" }
        : text === "voice"
          ? { kind: "never" as const, message: "no such voice", code: "VOICE_UNKNOWN" as const }
          : null;
    const quota = await failure({ refusal }, { status: 429, body: "quota" });
    assert.deepEqual(
      [quota.error.code, quota.error.message],
      ["SPEECH_REFUSED", "Acme answered 429: no credit left"],
    );
    const voice = await failure({ refusal }, { status: 400, body: "voice" });
    assert.equal(voice.error.code, "VOICE_UNKNOWN");
    const usual = await failure({ refusal }, { status: 400, body: "else" });
    assert.equal(usual.error.code, "SPEECH_FAILED");
  });
});

describe("cancelling", () => {
  const silent: [string, Trouble][] = [
    ["before headers come", "silent"],
    ["while the body comes", "stall"],
  ];
  for (const [when, trouble] of silent) {
    test(`${when} ends the request at once and frees its place`, async () => {
      server.trouble(trouble);
      const { send } = clientOf({ concurrency: 1 });
      const controller = new AbortController();
      const count = server.received.length + 1;
      const running = send(controller.signal);
      await server.until(count);
      controller.abort();
      await assert.rejects(running, { code: "CANCELLED" });
      await send();
    });
  }

  test("before it begins sends nothing", async () => {
    const { send, sent } = clientOf();
    await assert.rejects(send(AbortSignal.abort()), { code: "CANCELLED" });
    assert.equal(sent(), 0);
  });

  for (const status of [500, 429]) {
    test(`while it waits after ${status} ends it at once, and no timer is left`, async () => {
      server.trouble({ status, headers: { "retry-after": "50" } });
      const controller = new AbortController();
      const { promise: pausing, resolve } = Promise.withResolvers<void>();
      const { send, sent } = clientOf({
        wait: (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason), { once: true });
            resolve();
          }),
      });
      const running = send(controller.signal);
      await pausing;
      controller.abort();
      await assert.rejects(running, { code: "CANCELLED" });
      assert.deepEqual([sent(), timersLeft()], [1, 0]);
    });
  }

  test("closing ends what is under way, and nothing is sent afterwards", async () => {
    server.trouble("silent");
    const { client, send, sent } = clientOf();
    const count = server.received.length + 1;
    const running = send();
    await server.until(count);
    client.close();
    await assert.rejects(running, { code: "CANCELLED" });
    await assert.rejects(send(), { code: "SPEECH_FAILED", message: "Acme has been closed" });
    assert.equal(sent(), 1);
    client.close();
  });
});

describe("a key", () => {
  const ECHOES: Reply[] = [
    { status: 401, body: JSON.stringify({ error: { message: `bad key ${KEY}` } }) },
    { status: 400, body: `you sent "Bearer ${KEY}" ${"x".repeat(400)}` },
    { status: 400, body: `${"x".repeat(190)} ${KEY}` },
    { status: 500, body: `<title>${KEY}</title>` },
    { status: 302, headers: { location: `https://else.example/${KEY}` } },
  ];
  for (const [number, reply] of ECHOES.entries()) {
    test(`that a provider repeats is in no message (${number + 1})`, async () => {
      const { error } = await failure({ attempts: 1 }, reply);
      assert.ok(!everythingSaid(error).includes(KEY.slice(0, 8)), everythingSaid(error));
    });
  }

  test("of one request alone is in no message, and usual headers may be repeated", async () => {
    server.trouble({ status: 400, body: "key-of-one is no application/json" });
    const { client } = clientOf();
    const sending = client.send({ ...call, headers: { "x-key": "key-of-one" } }, { signal: never });
    await assert.rejects(sending, {
      message: "Acme answered 400: [secret] is no application/json",
    });
  });

  test("is in no message about a connection", async () => {
    const fetch = () => Promise.reject(new TypeError(`proxy refused Bearer ${KEY}`));
    const { error } = await failure({ fetch, attempts: 1 });
    assert.match(error.message, /cannot be reached at .*: proxy refused \[secret\]/);
  });

  test("that cannot be sent is refused at once, unseen", async () => {
    for (const key of ["a\nb-secret", "“secret”", "schlüssel-secret", "secret\u0000"]) {
      assert.throws(() => clientOf({ headers: { "x-key": key } }), unseen("the x-key of Acme"));
    }
    clientOf({ headers: { "x-key": " pasted with its line end\n" } });
  });

  test("in the address is refused, unseen", () => {
    for (const baseUrl of ["https://me:secret@acme.example", "https://acme.example/?key=secret"]) {
      assert.throws(() => clientOf({ baseUrl }), unseen("the base URL of Acme"));
    }
    for (const baseUrl of ["secret", "ftp://acme.example/secret", "file:///secret", ""]) {
      assert.throws(() => clientOf({ baseUrl }), unseen("the base URL of Acme is no http"));
    }
  });

  test("never leaves the provider's part of a server, whatever a voice is called", async () => {
    const { client, sent } = clientOf({ baseUrl: `${server.url}/acme/v1` });
    for (const path of ["/voices/../../admin", "/%2e%2e/admin", "..", "/\\..\\..\\x"]) {
      await assert.rejects(client.send({ path }, { signal: never }), { code: "INVALID_OPTION" });
    }
    assert.equal(sent(), 0);
    await client.send({ path: "//else.example/x" }, { signal: never });
    assert.equal(server.received.at(-1)?.path, "/acme/v1//else.example/x");
  });
});

function unseen(beginning: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Error && error.message.startsWith(beginning), String(error));
    assert.ok(!error.message.includes("secret"), error.message);
    return "code" in error && error.code === "INVALID_OPTION";
  };
}

function everythingSaid(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.message} ${error.stack} ${everythingSaid(error.cause)}`;
}

function codeOf(outcome: PromiseSettledResult<unknown>): unknown {
  return outcome.status === "rejected" ? outcome.reason.code : "sent";
}

/** Timers that would keep the process alive. */
function timersLeft(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
}

/** Where a server was a moment ago. */
async function closedAddress(): Promise<string> {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo; // it listens on TCP
  closed.close();
  await once(closed, "close");
  return `http://127.0.0.1:${port}`;
}
