import assert from "node:assert/strict";
import { test } from "node:test";
import type { SpeechRequest } from "../src/ports/speech-model.ts";
import {
  createOpenAiSpeech,
  type OpenAiSpeechOptions,
} from "../src/speech/remote/openai-speech.ts";
import { NO_CREDIT, startOpenAi, TOO_FAST } from "./support/speech-servers/openai.ts";
import {
  assertSeconds,
  noWait,
  useRemoteSpeech,
  useStandIn,
} from "./support/speech-servers/remote-speech.ts";
import { toneSeconds } from "./support/speech-servers/spoken-tone.ts";
import { startStandIn } from "./support/speech-servers/stand-in.ts";

const KEY = "sk-test-0123456789abcdef";
const signal = new AbortController().signal;
const { decode } = useRemoteSpeech();
const openAi = useStandIn(() => startOpenAi({ key: KEY }));

const modelOf = (options: Partial<OpenAiSpeechOptions> = {}) =>
  createOpenAiSpeech({
    baseUrl: `${openAi().url}/v1/`,
    apiKey: KEY,
    model: "gpt-4o-mini-tts",
    decode,
    client: { wait: noWait },
    ...options,
  });
const speak = (request: Partial<SpeechRequest>, options: Partial<OpenAiSpeechOptions> = {}) =>
  modelOf(options).speak({ text: "Priya", language: "hi", ...request }, { signal });

async function spoken(request: Partial<SpeechRequest>, options: Partial<OpenAiSpeechOptions> = {}) {
  const from = openAi().received.length;
  const speech = await speak(request, options);
  const bodies = openAi()
    .received.slice(from)
    .map(({ body }) => JSON.parse(body.toString()));
  return { speech, bodies, warnings: speech.warnings.map(({ code }) => code) };
}

test("a request holds what was asked for and nothing else", async () => {
  const plain = await spoken({});
  assert.deepEqual(plain.bodies, [
    { model: "gpt-4o-mini-tts", voice: "alloy", input: "Priya", response_format: "wav" },
  ]);
  assert.deepEqual([plain.speech.voice, plain.warnings], ["alloy", []]);
  const full = await spoken(
    { text: ' "R&D"\n<b> ', voice: "nova", speed: 1.25 },
    { instructions: "warmly", format: "mp3", voice: "ash" },
  );
  assert.deepEqual(full.bodies, [
    {
      ...{ model: "gpt-4o-mini-tts", voice: "nova", input: '"R&D" <b>', response_format: "mp3" },
      ...{ speed: 1.25, instructions: "warmly" },
    },
  ]);
  assert.equal(full.speech.voice, "nova");
  assertSeconds(full.speech.audio, toneSeconds('"R&D" <b>', 1.25));
});

test("a WAV whose header does not know its length is read whole", async () => {
  const { audio } = await speak({ text: "Priya Sharma" });
  assertSeconds(audio, toneSeconds("Priya Sharma"), 0.001);
});

test("a text longer than a request may be is asked for in parts, at the ends of sentences", async () => {
  const sentence = "Speech in parts has to sound like speech at once, which takes some care. ";
  const text = sentence.repeat(60).trim();
  assert.ok(text.length > 4096 && text.length <= 5000);
  const { bodies, speech } = await spoken({ text, language: "en" });
  assert.equal(bodies.length, 2);
  const inputs = bodies.map(({ input }) => input);
  assert.ok(inputs.every((input) => input.length <= 4096 && input.endsWith("care.")));
  assert.equal(inputs.toSorted((a, b) => b.length - a.length).join(" "), text);
  const alone = inputs.reduce((sum, input) => sum + toneSeconds(input), 0);
  assertSeconds(speech.audio, alone + 0.4 - 0.3, 0.05);
});

test("a speed beyond the API's is its nearest, with a warning", async () => {
  const { bodies, warnings } = await spoken({ speed: 0.1 });
  assert.deepEqual([bodies[0].speed, warnings], [0.25, ["SPEED_LIMITED"]]);
});

test("instructions that a model does not read and phonetic spellings are warnings", async () => {
  const options = { model: "tts-1-hd", instructions: "warmly" };
  const { warnings } = await spoken({ pronunciations: [{ written: "a", ipa: "a" }] }, options);
  assert.deepEqual(warnings, ["INSTRUCTIONS_IGNORED", "PRONUNCIATION_IGNORED"]);
});

test("an unknown voice is VOICE_UNKNOWN", async () => {
  const message = /answered 400: .*Input should be 'nova'/;
  await assert.rejects(speak({ voice: "priya" }), { code: "VOICE_UNKNOWN", message });
});

test("an unknown model refuses every request", async () => {
  const message = /answered 404: The model 'tts-9' does not exist/;
  await assert.rejects(speak({}, { model: "tts-9" }), { code: "SPEECH_REFUSED", message });
});

test("a wrong key refuses every request, and is in no message although the server repeats it", async () => {
  const model = modelOf({ apiKey: "sk-wrong-secret" });
  const from = openAi().received.length;
  for (let request = 0; request < 3; request++) {
    const speaking = model.speak({ text: "a", language: "en" }, { signal });
    await assert.rejects(speaking, (error: Error) => {
      assert.match(error.message, /401: Incorrect API key provided: \[secret\]/);
      return !JSON.stringify([error.message, error.stack]).includes("sk-wrong");
    });
  }
  assert.equal(openAi().received.length, from + 1);
});

test("a quota that is used up is not waited for, although its status is 429", async () => {
  const from = openAi().received.length;
  openAi().trouble(NO_CREDIT);
  const message = /answered 429: You exceeded your current quota/;
  await assert.rejects(speak({}), { code: "SPEECH_REFUSED", message, retryable: false });
  assert.equal(openAi().received.length, from + 1);
});

test("requests that come too fast wait as long as they are told", async () => {
  const waits: number[] = [];
  let now = 0;
  const wait = async (ms: number) => {
    waits.push(ms);
    now += ms;
  };
  openAi().trouble(TOO_FAST);
  const { speech } = await spoken({}, { client: { wait, clock: () => now } });
  assert.deepEqual(waits, [20_000]);
  assertSeconds(speech.audio, toneSeconds("Priya"));
});

test("a sound that cannot be read is told, and so is an empty one", async () => {
  openAi().trouble({ headers: { "content-type": "application/json" }, body: '{"ok":true}' });
  await assert.rejects(speak({}), { code: "SPEECH_FAILED", message: /for "Priya" cannot be read/ });
  openAi().trouble({ body: "" });
  await assert.rejects(speak({}), { code: "SPEECH_FAILED", message: /is empty/ });
});

test("a body that breaks off is asked for again", async () => {
  openAi().trouble("cut");
  const { speech, bodies } = await spoken({});
  assert.equal(bodies.length, 2);
  assertSeconds(speech.audio, toneSeconds("Priya"));
});

test("a server without a key gets none", async () => {
  const open = await startOpenAi();
  const speech = await speak({}, { baseUrl: `${open.url}/v1`, apiKey: " " });
  assertSeconds(speech.audio, toneSeconds("Priya"));
  assert.equal(open.received[0]?.headers["authorization"], undefined);
  await open.close();
});

test("a server that refuses a voice in its own words is understood", async () => {
  const kokoro = await startStandIn(() => ({
    status: 400,
    body: JSON.stringify({
      detail: {
        error: "validation_error",
        message: "Voice 'x' not found. Available voices: af_heart",
      },
    }),
  }));
  const speaking = speak({ voice: "x" }, { baseUrl: `${kokoro.url}/v1` });
  await assert.rejects(speaking, { code: "VOICE_UNKNOWN", message: /Available voices: af_heart/ });
  await kokoro.close();
});

const LISTS: [string, unknown][] = [
  ["names", { voices: ["af_heart", "am_adam"] }],
  ["objects", { voices: [{ id: "af_heart", name: "af_heart" }, { voice_id: "am_adam" }] }],
  ["data", { object: "list", data: [{ name: "af_heart" }, { id: "am_adam" }] }],
];
for (const [kind, voices] of LISTS) {
  test(`a server's own list of voices is read (${kind})`, async () => {
    const server = await startOpenAi({ voices });
    const listed = await modelOf({ baseUrl: `${server.url}/v1` }).voices?.({ signal });
    assert.deepEqual(listed, [
      { id: "af_heart", name: "af_heart", languages: [] },
      { id: "am_adam", name: "am_adam", languages: [] },
    ]);
    await server.close();
  });
}

test("a server without a list has the voices OpenAI has published", async () => {
  const voices = (await modelOf().voices?.({ signal })) ?? assert.fail();
  for (const { id } of voices) await speak({ voice: id });
  assert.equal(voices.length, 13);
});

test("a base URL and a key that cannot be sent are refused at once", () => {
  const code = "INVALID_OPTION";
  assert.throws(() => modelOf({ baseUrl: "localhost:8880/v1" }), { code, message: /is no http/ });
  assert.throws(() => modelOf({ apiKey: "sk-“x”" }), { code, message: /cannot be sent/ });
});
