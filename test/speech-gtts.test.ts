import assert from "node:assert/strict";
import { test } from "node:test";
import { durationOf } from "../src/domain/audio.ts";
import type { SpeechRequest } from "../src/ports/speech-model.ts";
import { createGtts } from "../src/speech/remote/gtts.ts";
import { batchAnswer, googleCall, startGoogle } from "./support/speech-servers/gtts.ts";
import {
  assertSeconds,
  noWait,
  useRemoteSpeech,
  useStandIn,
} from "./support/speech-servers/remote-speech.ts";
import { toneMp3, toneSeconds } from "./support/speech-servers/spoken-tone.ts";

const signal = new AbortController().signal;
const { decode, left } = useRemoteSpeech();
const google = useStandIn(startGoogle);

const gtts = () => createGtts({ decode, client: { baseUrl: google().url, wait: noWait } });
const speak = (request: Partial<SpeechRequest>, model = gtts()) =>
  model.speak({ text: "Priya", language: "hi", ...request }, { signal });

/** What it asked Google, and what came of it. */
async function spoken(request: Partial<SpeechRequest>) {
  const from = google().received.length;
  const speech = await speak(request);
  const calls = google()
    .received.slice(from)
    .map((one) => googleCall(one) ?? assert.fail());
  return { speech, calls, warnings: speech.warnings.map(({ code }) => code) };
}

test("a name is one request in the campaign's language, whatever characters it has", async () => {
  const text = "Priya <b>&\"'Rao=%20+";
  const { speech, calls } = await spoken({ text: ` ${text.replace(" ", "\n")} ` });
  assert.deepEqual(calls, [{ text, language: "hi", slow: null }]);
  assert.equal(speech.voice, "hi");
  assertSeconds(speech.audio, toneSeconds(text));
});

const LANGUAGES: [string, string, string][] = [
  ["pt-BR", "Ana", "pt"],
  ["pt-PT", "Ana", "pt-PT"],
  ["he", "Noa", "iw"],
  ["zh", "王小明", "zh-CN"],
  ["zh-Hant", "王小明", "zh-TW"],
  ["zh_TW", "王小明", "zh-TW"],
  ["ja", "田中", "ja"],
  ["hi-IN", "प्रिया", "hi"],
  ["hi", "Наталья", "ru"],
  ["en-US", "محمد", "ar"],
  ["en", "தமிழ்", "ta"],
];
for (const [language, text, code] of LANGUAGES) {
  test(`${text} in a campaign in ${language} is spoken in ${code}`, async () => {
    const { calls } = await spoken({ text, language });
    assert.deepEqual(calls, [{ text, language: code, slow: null }]);
  });
}

test("a voice is a language that goes before the campaign's", async () => {
  const { calls, speech } = await spoken({ voice: "en" });
  assert.deepEqual([calls[0]?.language, speech.voice], ["en", "en"]);
  const message = /"hindi".*such as hi/;
  await assert.rejects(speak({ voice: "hindi" }), { code: "VOICE_UNKNOWN", message });
});

test("a language it does not know is told before anything is sent", async () => {
  const from = google().received.length;
  for (const language of ["tlh", "", "not a language"]) {
    const message = /does not speak the language/;
    await assert.rejects(speak({ language }), { code: "SPEECH_FAILED", message });
  }
  assert.equal(google().received.length, from);
});

test("a language that Google gives no sound for is named", async () => {
  const message = /gave no sound for "Aoife" in the language cy/;
  const speaking = speak({ text: "Aoife", language: "cy" });
  await assert.rejects(speaking, { code: "SPEECH_FAILED", message, retryable: false });
});

test("slow speech is asked for slowly, and any other speed is a warning", async () => {
  const slow = await spoken({ speed: 0.7 });
  assert.deepEqual([slow.calls[0]?.slow, slow.warnings], [true, []]);
  assertSeconds(slow.speech.audio, toneSeconds("Priya", 0.6));
  for (const speed of [0.8, 1.5]) {
    const { calls, warnings } = await spoken({ speed });
    assert.deepEqual([calls[0]?.slow, warnings], [null, ["SPEED_IGNORED"]]);
  }
});

test("phonetic spellings are a warning", async () => {
  const { warnings } = await spoken({ pronunciations: [{ written: "Priya", ipa: "pɾijaː" }] });
  assert.deepEqual(warnings, ["PRONUNCIATION_IGNORED"]);
});

test("a long text is asked for in parts and sounds like one, with pauses between them", async () => {
  const sentence = "We are glad that you are with us again this year, and there is much to tell.";
  const text = `${sentence} ${sentence} ${sentence}`;
  const { speech, calls } = await spoken({ text, language: "en" });
  assert.deepEqual(
    calls.map((call) => call.text),
    [sentence, sentence, sentence],
  );
  // Two pauses of 0.4 s stand for two times 0.15 s before and behind a part.
  assertSeconds(speech.audio, 3 * toneSeconds(sentence) + 2 * (0.4 - 0.3), 0.15);
});

test("a text without anything to speak is not sent", async () => {
  const from = google().received.length;
  const message = /nothing in "… !\?" can be spoken/;
  await assert.rejects(speak({ text: "… !?" }), { code: "SPEECH_FAILED", message });
  assert.equal(google().received.length, from);
});

test("being taken for a robot closes it for a while, and no other page is asked for", async () => {
  for (const status of [302, 403]) {
    const model = gtts();
    const from = google().received.length;
    google().trouble({ status, headers: { location: `${google().url}/sorry` } });
    for (let request = 0; request < 2; request++) {
      const message = new RegExp(`answered ${status}: it takes this machine's requests`);
      await assert.rejects(speak({}, model), { code: "SPEECH_REFUSED", message });
    }
    assert.equal(google().received.length, from + 1);
  }
});

const ANSWERS: [string, object, RegExp][] = [
  ["a page", { body: "<html><title>Consent</title>" }, /something else than sound/],
  ["another procedure", { body: `)]}'\n\n[["wrb.fr","other","[]"]]` }, /something else than sound/],
  ["nothing", { body: "" }, /something else than sound/],
  ["what is no base64", batchAnswer(["%%%"]), /gave no sound/],
  ["what is no MP3", batchAnswer([Buffer.from("no sound").toString("base64")]), /cannot be read/],
];
for (const [kind, reply, message] of ANSWERS) {
  test(`${kind} instead of a sound is told, and no file is left behind`, async () => {
    google().trouble(reply);
    await assert.rejects(speak({}), { code: "SPEECH_FAILED", message });
    assert.deepEqual(await left(), []);
  });
}

test("half an MP3 gives less sound or is told, and never more", async () => {
  const mp3 = toneMp3("Priya Sharma");
  google().trouble(batchAnswer([mp3.subarray(0, mp3.length / 2).toString("base64")]));
  const outcome = await speak({}).catch(({ code }) => code);
  if (typeof outcome === "string") assert.equal(outcome, "SPEECH_FAILED");
  else assert.ok(durationOf(outcome.audio) < toneSeconds("Priya Sharma"));
});

test("passing faults and a busy server go unnoticed", async () => {
  google().trouble({ status: 500 }, { status: 429 }, "cut", "refuse");
  const { speech } = await spoken({});
  assertSeconds(speech.audio, toneSeconds("Priya"));
});

test("a server that does not answer is given up after one attempt, in time to fall back", async () => {
  google().trouble("silent");
  const from = google().received.length;
  // A clock on which the time-out of 0.1 s takes the 5 s it has in earnest.
  const clock = () => 50 * performance.now();
  const client = { baseUrl: google().url, timeoutMs: 100, clock, wait: noWait };
  const message = /did not answer whole within 0\.1 s/;
  const speaking = speak({}, createGtts({ decode, client }));
  await assert.rejects(speaking, { code: "SPEECH_FAILED", message, retryable: true });
  assert.equal(google().received.length, from + 1);
});

test("its voices are the languages it speaks, which cost no request", async () => {
  const from = google().received.length;
  const voices = (await gtts().voices?.({ signal })) ?? assert.fail();
  assert.equal(google().received.length, from);
  assert.ok(voices.length > 60);
  const hebrew = { id: "iw", name: "Hebrew", languages: ["he"] };
  assert.deepEqual(
    voices.find(({ id }) => id === "iw"),
    hebrew,
  );
  for (const { id, languages } of voices) {
    for (const voice of [id, ...languages]) {
      const key = gtts().cacheKey({ text: "a", language: "en", voice });
      assert.ok(key.includes(`"${id}"`), `${voice}: ${key}`);
    }
  }
});
