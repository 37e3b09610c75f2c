import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { errorCodeOf } from "../../src/domain/disk-error.ts";
import { NO_CREDIT, startOpenAi, TOO_FAST } from "../support/speech-servers/openai.ts";
import { toneMp3, toneWav } from "../support/speech-servers/spoken-tone.ts";
import type { StandIn } from "../support/speech-servers/stand-in.ts";

/** What is used here of the vendor's client, which need not be installed. */
type Sdk = {
  default: new (options: { apiKey: string; baseURL: string; maxRetries: number }) => Client;
  APIConnectionError: ErrorClass;
  AuthenticationError: ErrorClass;
  BadRequestError: ErrorClass;
  InternalServerError: ErrorClass;
  NotFoundError: ErrorClass;
  RateLimitError: ErrorClass;
};
type ErrorClass = new (...parameters: never[]) => Error;
type Client = {
  audio: {
    speech: {
      create(
        request: {
          model: string;
          voice: string;
          input: string;
          response_format?: string;
          speed?: number;
          instructions?: string;
        },
        options?: { signal: AbortSignal },
      ): Promise<Response>;
    };
  };
};

const PACKAGE: string = "openai";
const sdk: Sdk | null = await import(PACKAGE).catch((cause: unknown) => {
  if (errorCodeOf(cause) === "ERR_MODULE_NOT_FOUND") return null;
  throw cause;
});
const skip = sdk ? false : `${PACKAGE} is not installed: npm install --prefix test/vendor-sdks`;

const KEY = "sk-test-0123456789abcdef";
const REQUEST = { model: "gpt-4o-mini-tts", voice: "alloy", input: "Priya" };

describe("the stand-in for OpenAI, asked by the vendor's client", { skip }, () => {
  let server: StandIn;
  before(async () => {
    server = await startOpenAi({ key: KEY });
  });
  after(() => server.close());

  function speak(
    request: Partial<typeof REQUEST> & { response_format?: string; speed?: number } = {},
    { apiKey = KEY, maxRetries = 0 } = {},
  ): Promise<Response> {
    assert.ok(sdk);
    const client = new sdk.default({ apiKey, baseURL: `${server.url}/v1`, maxRetries });
    return client.audio.speech.create({ ...REQUEST, ...request });
  }

  test("speech is MP3 when nothing else is asked for, and WAV when it is", async () => {
    const mp3 = await speak();
    assert.equal(mp3.headers.get("content-type"), "audio/mpeg");
    assert.deepEqual(Buffer.from(await mp3.arrayBuffer()), toneMp3("Priya"));
    const wav = await speak({ response_format: "wav", speed: 2 });
    assert.equal(wav.headers.get("content-type"), "audio/wav");
    const expected = toneWav("Priya", { speed: 2, streamed: true });
    assert.deepEqual(Buffer.from(await wav.arrayBuffer()), expected);
  });

  test("speech can be read while it comes", async () => {
    const answer = await speak({ input: "Priya ".repeat(200), response_format: "wav" });
    const chunks = await Array.fromAsync(answer.body ?? []);
    assert.ok(chunks.length > 1, `${chunks.length} chunks`);
    const expected = toneWav("Priya ".repeat(200), { streamed: true });
    assert.deepEqual(Buffer.concat(chunks), expected);
  });

  const REFUSALS: [string, () => Promise<unknown>, keyof Sdk, object][] = [
    [
      "a wrong key",
      () => speak({}, { apiKey: "sk-wrong" }),
      "AuthenticationError",
      { status: 401, code: "invalid_api_key" },
    ],
    [
      "an unknown model",
      () => speak({ model: "tts-9" }),
      "NotFoundError",
      { status: 404, code: "model_not_found" },
    ],
    ["an unknown voice", () => speak({ voice: "priya" }), "BadRequestError", { status: 400 }],
    ["a long text", () => speak({ input: "a".repeat(4097) }), "BadRequestError", { status: 400 }],
    ["a speed", () => speak({ speed: 5 }), "BadRequestError", { status: 400, param: "speed" }],
  ];
  for (const [kind, asking, name, fields] of REFUSALS) {
    test(`${kind} is refused with ${name}`, async () => {
      await refusedWith(asking(), name, fields);
    });
  }

  test("no credit and too many requests are one class with two codes", async () => {
    server.trouble(NO_CREDIT, TOO_FAST);
    const quota = { status: 429, code: "insufficient_quota", type: "insufficient_quota" };
    await refusedWith(speak(), "RateLimitError", quota);
    await refusedWith(speak(), "RateLimitError", { status: 429, code: "rate_limit_exceeded" });
  });

  test("a passing fault and a connection that is closed are tried again by the client", async () => {
    server.trouble({ status: 500, headers: { "retry-after-ms": "1" } });
    assert.equal((await speak({}, { maxRetries: 1 })).status, 200);
    server.trouble({ status: 500 }, "refuse");
    await refusedWith(speak(), "InternalServerError", { status: 500 });
    await refusedWith(speak(), "APIConnectionError", {});
  });

  async function refusedWith(asking: Promise<unknown>, name: keyof Sdk, fields: object) {
    assert.ok(sdk);
    const Refused = sdk[name];
    await assert.rejects(asking, (thrown: unknown) => {
      assert.ok(thrown instanceof Refused, `${thrown} is a ${name}`);
      assert.partialDeepStrictEqual({ ...thrown }, fields);
      return true;
    });
  }
});
