import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { LanguageModel } from "../../../src/ports/language-model.ts";
import { asked, readAnswer } from "../../conformance/language-model.ts";
import { noWait } from "../speech-servers/remote-speech.ts";
import type { Reply, StandIn } from "../speech-servers/stand-in.ts";
import type { Said } from "./scripted-answers.ts";

/** What is set where the model is made. */
export type ModelOptions = {
  url: string;
  key: string;
  wait: (ms: number) => Promise<unknown>;
  timeoutMs?: number;
};

export type Provider = {
  /** As it is called in messages. */
  name: RegExp;
  key: string;
  start: (options: { key: string }) => Promise<StandIn>;
  make: (options: ModelOptions) => LanguageModel;
  /** A whole answer as its stream. */
  stream: (said: Said) => Reply;
  /** One piece as an event of its stream. */
  piece: (text: string) => string;
  /** Answers that were stopped for what they say, or are about. */
  blocked: Reply[];
  /** What it answers when the account has nothing left. */
  spent: Reply;
};

const WHEN_OPEN = "We are open from 9 to 5.";
const { signal } = new AbortController();

/** What every model behind a provider on the network must keep to beside the conformance suite. */
export function providerTrials(name: string, provider: Provider): void {
  describe(`${name} and what can go wrong with it`, () => {
    let server: StandIn;
    before(async () => {
      server = await provider.start({ key: provider.key });
    });
    after(() => server.close());

    const modelWith = (options: Partial<ModelOptions> = {}) =>
      provider.make({ url: server.url, key: provider.key, wait: noWait, ...options });
    const request = asked({ messages: [{ role: "user", text: "When are you open?" }] });
    async function ask(options: Partial<ModelOptions> = {}) {
      const from = server.received.length;
      const { pieces, end } = await readAnswer(modelWith(options).answer(request, { signal }));
      return { text: pieces.join(""), end, requests: server.received.length - from };
    }
    const eventStream = { "content-type": "text/event-stream" };

    test("tokens are counted as the provider counts them", async () => {
      assert.equal((await ask()).end.tokensUsed, 11 + 7);
    });

    test("too many requests are asked again after the time that is asked for", async () => {
      const waits: number[] = [];
      const wait = async (ms: number) => waits.push(ms);
      server.trouble({ status: 429, headers: { "retry-after": "2" }, body: "{}" });
      const { text, requests } = await ask({ wait });
      assert.deepEqual([text, requests, waits], [WHEN_OPEN, 2, [2000]]);
    });

    test("nobody is kept waiting for longer than ten seconds", async () => {
      const wait = async () => assert.fail("it waits");
      server.trouble({ status: 429, headers: { "retry-after": "60" }, body: "{}" });
      await assert.rejects(ask({ wait }), { code: "LANGUAGE_FAILED", retryable: true });
    });

    test("a fault of the server is tried again twice, longer each time, and then told", async () => {
      const waits: number[] = [];
      const wait = async (ms: number) => waits.push(ms);
      const fault = { status: 500, body: '{"error":{"message":"out of\\nmemory"}}' };
      server.trouble(fault, fault);
      assert.deepEqual([(await ask({ wait })).requests, waits], [3, [500, 1000]]);
      server.trouble(fault, fault, fault);
      await assert.rejects(ask(), (error: Error & { code: string; retryable: boolean }) => {
        assert.deepEqual([error.code, error.retryable], ["LANGUAGE_FAILED", true]);
        assert.match(error.message, /answered 500: .*out of\\?n? ?memory/u);
        return provider.name.test(error.message);
      });
    });

    test("a wrong key refuses, once, and is in no message although the server repeats it", async () => {
      const from = server.received.length;
      const wrong = "wrong-secret-0123456789";
      await assert.rejects(ask({ key: wrong }), (error: Error & { code: string }) => {
        assert.equal(error.code, "LANGUAGE_REFUSED");
        const { cause } = error;
        const told = [error.message, error.stack, cause instanceof Error && cause.stack];
        return !JSON.stringify(told).includes(wrong);
      });
      assert.equal(server.received.length, from + 1);
    });

    test("an account that has nothing left is not asked again", async () => {
      const from = server.received.length;
      server.trouble(provider.spent);
      await assert.rejects(ask(), { code: "LANGUAGE_REFUSED", retryable: false });
      assert.equal(server.received.length, from + 1);
    });

    test("an answer that is stopped for its content is LANGUAGE_BLOCKED", async () => {
      for (const reply of provider.blocked) {
        server.trouble(reply);
        await assert.rejects(ask(), { code: "LANGUAGE_BLOCKED", message: /will not answer this/u });
      }
    });

    test("an empty answer is told, and so is one that used up its tokens before its first word", async () => {
      server.trouble(provider.stream({ pieces: [] }));
      await assert.rejects(ask(), { code: "LANGUAGE_FAILED", message: /answered nothing/u });
      server.trouble(provider.stream({ pieces: [], cut: true }));
      await assert.rejects(ask(), { code: "LANGUAGE_FAILED", message: /max_tokens=1024/u });
    });

    test("a connection that breaks before the first word is tried again", async () => {
      server.trouble("refuse", "refuse");
      assert.deepEqual((await ask()).text, WHEN_OPEN);
    });

    test("one that breaks after it is told, and nothing is said twice", async () => {
      const from = server.received.length;
      const body = provider.piece("We are ");
      server.trouble({ headers: eventStream, body });
      const answer = modelWith().answer(request, { signal });
      const heard: string[] = [];
      const read = async () => {
        for await (const piece of answer.text) heard.push(piece);
      };
      await assert.rejects(read(), { code: "LANGUAGE_FAILED", message: /broke off/u });
      assert.deepEqual([heard, server.received.length], [["We are "], from + 1]);
    });

    test("what is no event of its protocol is told", async () => {
      const reply = { headers: eventStream, body: "data: {nonsense\n\n" };
      server.trouble(reply, reply, reply);
      await assert.rejects(ask(), { code: "LANGUAGE_FAILED" });
    });

    test("a redirect is not followed: it would carry the key away", async () => {
      server.trouble({ status: 307, headers: { location: `${server.url}/elsewhere` } });
      const from = server.received.length;
      await assert.rejects(ask(), { code: "LANGUAGE_FAILED", message: /answered 307/u });
      assert.equal(server.received.length, from + 1);
    });

    test("cancelling a stalled answer closes its connection at once", async () => {
      server.trouble({ headers: eventStream, body: provider.piece("We "), unfinished: true });
      const controller = new AbortController();
      const answer = modelWith().answer(request, { signal: controller.signal });
      const text = answer.text[Symbol.asyncIterator]();
      assert.deepEqual(await text.next(), { done: false, value: "We " });
      const next = text.next();
      controller.abort();
      await assert.rejects(next, { code: "CANCELLED" });
      await assert.rejects(answer.end, { code: "CANCELLED" });
      await server.quiet();
    });

    test("cancelling one that has not begun to answer closes its connection, too", async () => {
      server.trouble("silent");
      const from = server.received.length;
      const controller = new AbortController();
      const answer = modelWith().answer(request, { signal: controller.signal });
      const reading = readAnswer(answer);
      await Promise.race([server.until(from + 1), reading]);
      controller.abort();
      await assert.rejects(reading, { code: "CANCELLED" });
      await server.quiet();
    });

    test("cancelling while it waits to ask again ends it", async () => {
      server.trouble({ status: 503 });
      const controller = new AbortController();
      const wait = (_: number) => {
        controller.abort();
        return Promise.reject(new Error("aborted"));
      };
      const answer = modelWith({ wait }).answer(request, { signal: controller.signal });
      await assert.rejects(readAnswer(answer), { code: "CANCELLED" });
    });

    test("whoever stops reading closes the connection", async () => {
      server.trouble({ headers: eventStream, body: provider.piece("We "), unfinished: true });
      for await (const _ of modelWith().answer(request, { signal }).text) break;
      await server.quiet();
    });

    test("one that stalls for too long is given up, with its connection", async () => {
      server.trouble({ headers: eventStream, body: provider.piece("We "), unfinished: true });
      const message = /did not answer within 0\.05 s/u;
      await assert.rejects(ask({ timeoutMs: 50 }), { code: "LANGUAGE_FAILED", message });
      await server.quiet();
    });
  });
}
