import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AppError } from "../../domain/app-error.ts";
import { durationOf } from "../../domain/audio.ts";
import type { SpeechModel, SpeechRequest } from "../../ports/speech-model.ts";
import { placeOf } from "../batch/own-synthesis.ts";
import { createEspeak } from "../espeak/espeak.ts";
import { fakeModel, tone } from "../testing/fake-speech.ts";
import { cutEdges } from "../verify/speech-check.ts";
import { createCarrierSpeech } from "./carrier-speech.ts";

const embedded = createEspeak();
after(() => embedded.close());

const { signal } = new AbortController();
const COMMAS = "Hello, {text}, welcome to our family.";
const voiced = (text: string): SpeechRequest => ({ text, language: "en", voice: "en-gb+m3" });

/** The embedded engine in another voice, with or without saying when it speaks what. */
function provider(tellsWords: boolean): { model: SpeechModel; asked: string[] } {
  const asked: string[] = [];
  const model: SpeechModel = {
    ...embedded,
    async speak(request, options) {
      asked.push(request.text);
      const { words, phonemes: _, ...speech } = await embedded.speak(request, options);
      return tellsWords && words ? { ...speech, words } : speech;
    },
  };
  return { model, asked };
}

for (const tellsWords of [true, false]) {
  const how = tellsWords ? "with timings of the provider" : "without timings";
  test(`names are cut out of a sentence, whole and without a neighbour, ${how}`, async () => {
    for (const name of ["Rahul", "Scott Peck", "Joanna", "Ed"]) {
      const { model, asked } = provider(tellsWords);
      const speech = createCarrierSpeech(model, { carrier: COMMAS, reference: embedded });
      const { audio, warnings } = await speech.speak(voiced(name), { signal });
      assert.deepEqual(warnings, [], name);
      const [text = ""] = asked;
      assert.equal(text, `Hello, ${name}, welcome to our family.`);
      const { words } = await embedded.speak(voiced(text), { signal });
      const truth = placeOf({ from: 7, to: 7 + name.length }, text, words);
      assert.ok(truth);
      const longest = truth.end - truth.start + 0.5;
      assert.ok(durationOf(audio) > truth.end - truth.start - 0.06, `${name} lacks something`);
      assert.ok(durationOf(audio) < longest, `${name} holds more than itself`);
      assert.deepEqual(cutEdges(audio), []);
    }
  });
}

test("a name that runs into its neighbours is spoken alone, and that is said", async () => {
  const { model, asked } = provider(false);
  const carrier = "We owe {text} a lot";
  const speech = createCarrierSpeech(model, { carrier, reference: embedded });
  const { warnings, audio } = await speech.speak(voiced("Ian"), { signal });
  assert.deepEqual(asked, ["We owe Ian a lot", "Ian"]);
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ["CARRIER_UNCUT"],
  );
  const alone = await embedded.speak(voiced("Ian"), { signal });
  // The engine is not the same to the last sample in every call.
  assert.ok(Math.abs(durationOf(audio) - durationOf(alone.audio)) < 0.01);
});

test("a recording of something else gives no clip of it", async () => {
  const model = fakeModel(({ text }) => tone({ seconds: text === "Rahul" ? 0.5 : 2.5 }));
  const speech = createCarrierSpeech(model, { carrier: COMMAS, reference: embedded });
  const { audio } = await speech.speak({ text: "Rahul", language: "en" }, { signal });
  assert.equal(durationOf(audio), 0.5);
});

test("what cannot be compared is spoken alone without asking for the sentence", async () => {
  const model = fakeModel(() => tone({ seconds: 0.5 }));
  const speech = createCarrierSpeech(model, { carrier: "สวัสดี {text}", reference: embedded });
  await speech.speak({ text: "สมชาย", language: "th" }, { signal });
  assert.deepEqual(
    model.requests.map(({ text }) => text),
    ["สมชาย"],
  );
});

test("the carrier is part of the key, and takes the place of any other context", async () => {
  const keys: string[] = [];
  const model = { ...fakeModel(() => tone({ seconds: 1 })) };
  model.cacheKey = ({ text, context }) => JSON.stringify([text, context]);
  for (const carrier of ["Hello, {text}.", "Dear {text}, hello."]) {
    const speech = createCarrierSpeech(model, { carrier, reference: embedded });
    keys.push(speech.cacheKey({ text: "Rahul", language: "en" }));
    const context = { before: "a", after: "b" };
    assert.equal(speech.cacheKey({ text: "Rahul", language: "en", context }), keys.at(-1));
  }
  assert.equal(new Set(keys).size, 2);
});

test("errors and cancellation pass", async () => {
  const failing = fakeModel(() => {
    throw new AppError("SPEECH_REFUSED", "no credit left");
  });
  const speech = createCarrierSpeech(failing, { carrier: COMMAS, reference: embedded });
  await assert.rejects(speech.speak(voiced("Rahul"), { signal }), { code: "SPEECH_REFUSED" });
  const aborted = { signal: AbortSignal.abort() };
  await assert.rejects(speech.speak(voiced("Rahul"), aborted), { code: "CANCELLED" });
});

test("a carrier holds {text} exactly once", () => {
  for (const carrier of ["Hello", "{text} {text}", ""]) {
    assert.throws(() => createCarrierSpeech(embedded, { carrier, reference: embedded }), {
      code: "INVALID_OPTION",
      message: /\{text\}/,
    });
  }
});
