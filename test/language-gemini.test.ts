import assert from "node:assert/strict";
import { test } from "node:test";
import { createGemini } from "../src/language/gemini.ts";
import { asked, languageModelConformance, readAnswer } from "./conformance/language-model.ts";
import {
  geminiBlockedPrompt,
  geminiPiece,
  geminiRefusal,
  geminiStream,
  startGemini,
} from "./support/language-servers/gemini.ts";
import { providerTrials } from "./support/language-servers/provider-trials.ts";
import { SCRIPTED } from "./support/language-servers/scripted-answers.ts";
import { noWait, useStandIn } from "./support/speech-servers/remote-speech.ts";

const KEY = "AIza-test-0123456789abcdef";
const { signal } = new AbortController();
const server = useStandIn(() => startGemini({ key: KEY }));
const modelOf = (options: { model?: string; wait?: (ms: number) => Promise<unknown> } = {}) =>
  createGemini({ apiKey: KEY, baseUrl: `${server().url}/v1beta`, wait: noWait, ...options });
const request = asked({ messages: [{ role: "user", text: "When are you open?" }] });

languageModelConformance("Gemini", () => ({ model: modelOf(), ...SCRIPTED }));

const RESOURCE_EXHAUSTED = { message: "You exceeded your quota.", status: "RESOURCE_EXHAUSTED" };

providerTrials("Gemini", {
  name: /^Gemini /u,
  key: KEY,
  start: startGemini,
  make: ({ url, key, wait, ...rest }) =>
    createGemini({ apiKey: key, baseUrl: `${url}/v1beta`, wait, ...rest }),
  stream: (said) => geminiStream(said),
  piece: geminiPiece,
  blocked: [
    geminiBlockedPrompt(),
    geminiStream({ pieces: [] }, "SAFETY"),
    geminiStream({ pieces: ["We "] }, "PROHIBITED_CONTENT"),
  ],
  spent: geminiRefusal(429, {
    ...RESOURCE_EXHAUSTED,
    details: [{ violations: [{ quotaId: "GenerateRequestsPerDayPerProjectPerModel-FreeTier" }] }],
  }),
});

test("a request holds what was asked for, and that nothing is to be thought over", async () => {
  const from = server().received.length;
  const messages = [
    { role: "user", text: "Hello" },
    { role: "assistant", text: "Hello!" },
    { role: "user", text: "When are you open?" },
  ] as const;
  const full = asked({ system: "Be kind.", messages, maxTokens: 77, temperature: 0.2 });
  await readAnswer(modelOf().answer(full, { signal }));
  const { path, headers, body } = server().received[from] ?? assert.fail("nothing was asked");
  assert.equal(path, "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse");
  assert.equal(headers["x-goog-api-key"], KEY);
  assert.deepEqual(JSON.parse(body.toString()), {
    systemInstruction: { parts: [{ text: "Be kind." }] },
    contents: [
      { role: "user", parts: [{ text: "Hello" }] },
      { role: "model", parts: [{ text: "Hello!" }] },
      { role: "user", parts: [{ text: "When are you open?" }] },
    ],
    generationConfig: {
      maxOutputTokens: 77,
      temperature: 0.2,
      thinkingConfig: { thinkingBudget: 0 },
    },
  });
});

test("the delay in the body of a refusal is kept to", async () => {
  const waits: number[] = [];
  const wait = async (ms: number) => waits.push(ms);
  const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "3.5s" }];
  server().trouble(geminiRefusal(429, { ...RESOURCE_EXHAUSTED, details }));
  await readAnswer(modelOf({ wait }).answer(request, { signal }));
  assert.deepEqual(waits, [3500]);
});

test("a model that does not exist refuses every request", async () => {
  server().trouble(geminiRefusal(404, { message: "models/x is not found", status: "NOT_FOUND" }));
  const answer = modelOf({ model: "x" }).answer(request, { signal });
  await assert.rejects(readAnswer(answer), {
    code: "LANGUAGE_REFUSED",
    message: /models\/x is not found/u,
  });
});
