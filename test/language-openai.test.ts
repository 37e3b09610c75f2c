import assert from "node:assert/strict";
import { test } from "node:test";
import { createOpenAiChat } from "../src/language/openai-chat.ts";
import { asked, languageModelConformance, readAnswer } from "./conformance/language-model.ts";
import {
  openAiPiece,
  openAiRefusal,
  openAiStream,
  startOpenAiChat,
} from "./support/language-servers/openai.ts";
import { providerTrials } from "./support/language-servers/provider-trials.ts";
import { SCRIPTED } from "./support/language-servers/scripted-answers.ts";
import { noWait, useStandIn } from "./support/speech-servers/remote-speech.ts";

const KEY = "sk-test-0123456789abcdef";
const { signal } = new AbortController();
const server = useStandIn(() => startOpenAiChat({ key: KEY }));
const modelOf = (baseUrl: string, apiKey: string | null = KEY) =>
  createOpenAiChat({ baseUrl, model: "llama3.2", apiKey, wait: noWait });

languageModelConformance("an OpenAI-compatible server", () => ({
  model: modelOf(`${server().url}/v1/`),
  ...SCRIPTED,
}));

providerTrials("an OpenAI-compatible server", {
  name: /^the language server 127\.0\.0\.1:\d+ /u,
  key: KEY,
  start: startOpenAiChat,
  make: ({ url, key, wait, ...rest }) =>
    createOpenAiChat({ baseUrl: `${url}/v1`, model: "llama3.2", apiKey: key, wait, ...rest }),
  stream: (said) => openAiStream(said),
  piece: openAiPiece,
  blocked: [
    openAiStream({ pieces: [] }, "content_filter"),
    openAiStream({ pieces: ["We "] }, "content_filter"),
  ],
  spent: openAiRefusal(429, { message: "You exceeded your quota.", code: "insufficient_quota" }),
});

test("a request holds what was asked for", async () => {
  const from = server().received.length;
  const messages = [
    { role: "user", text: "Hello" },
    { role: "assistant", text: "Hello!" },
    { role: "user", text: "When are you open?" },
  ] as const;
  const request = asked({ system: "Be kind.", messages, maxTokens: 77, temperature: 0.2 });
  await readAnswer(modelOf(`${server().url}/v1`).answer(request, { signal }));
  const { body, headers } = server().received[from] ?? assert.fail("nothing was asked");
  assert.equal(headers["authorization"], `Bearer ${KEY}`);
  assert.deepEqual(JSON.parse(body.toString()), {
    model: "llama3.2",
    max_tokens: 77,
    temperature: 0.2,
    messages: [
      { role: "system", content: "Be kind." },
      { role: "user", content: "Hello" },
      { role: "assistant", content: "Hello!" },
      { role: "user", content: "When are you open?" },
    ],
    stream: true,
    stream_options: { include_usage: true },
  });
});

test("a server that needs no key is sent none", async () => {
  const from = server().received.length;
  const answer = modelOf(`${server().url}/v1`, null).answer(
    asked({ messages: [{ role: "user", text: "Hi" }] }),
    { signal },
  );
  await assert.rejects(readAnswer(answer), { code: "LANGUAGE_REFUSED" });
  assert.equal(server().received[from]?.headers["authorization"], undefined);
});

test("a model that refuses in words has answered", async () => {
  const refusal = {
    choices: [{ index: 0, delta: { refusal: "I cannot help." }, finish_reason: null }],
  };
  const end = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };
  const body = [refusal, end].map((one) => `data: ${JSON.stringify(one)}\n\n`).join("");
  server().trouble({ headers: { "content-type": "text/event-stream" }, body });
  const request = asked({ messages: [{ role: "user", text: "one two" }] });
  const { pieces, end: ended } = await readAnswer(
    modelOf(`${server().url}/v1`).answer(request, { signal }),
  );
  // Without the provider's count, words are counted.
  assert.deepEqual([pieces.join(""), ended.tokensUsed], ["I cannot help.", 2 + 3]);
});

test("OpenAI itself is told the tokens by their new name", async () => {
  let sent: Record<string, unknown> = {};
  const reply = openAiStream({ pieces: ["Yes"] });
  const model = createOpenAiChat({
    baseUrl: "https://api.openai.com/v1",
    model: "gpt-4o-mini",
    apiKey: KEY,
    fetch: async (_, init) => {
      sent = JSON.parse(String(init?.body));
      return new Response(String(reply.body), { headers: reply.headers ?? {} });
    },
  });
  await readAnswer(model.answer(asked({ messages: [{ role: "user", text: "Hi" }] }), { signal }));
  assert.deepEqual([sent["max_completion_tokens"], "max_tokens" in sent], [1024, false]);
});

test("an address or a key that cannot be one is refused at once, without showing it", () => {
  for (const baseUrl of ["ftp://host/v1", "nonsense", "https://user:secret@host/v1"]) {
    assert.throws(
      () => modelOf(baseUrl),
      (error: Error & { code: string }) => {
        return error.code === "INVALID_OPTION" && !error.message.includes("secret");
      },
    );
  }
  assert.throws(() => modelOf("http://host/v1", "sk-ключ"), { code: "INVALID_OPTION" });
});
