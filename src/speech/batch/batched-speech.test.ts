import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AppError } from "../../domain/app-error.ts";
import { type Audio, durationOf } from "../../domain/audio.ts";
import { createRetryLater } from "../../domain/retry-later.ts";
import type { Speech, SpeechModel, SpeechRequest } from "../../ports/speech-model.ts";
import { createEspeak } from "../espeak/espeak.ts";
import { fakeModel, tone } from "../testing/fake-speech.ts";
import { type BatchSettings, createBatchedSpeech } from "./batched-speech.ts";

const embedded = createEspeak();
after(() => embedded.close());

const { signal } = new AbortController();
const SETTINGS = { size: 8, hint: "pause", silenceDb: -40, silenceSeconds: 0.18 };
const english = (text: string): SpeechRequest => ({ text, language: "en" });
const names = ["Rahul", "Priya", "Scott Peck", "Joanna"].map(english);

/** A provider: the embedded engine with another voice, without telling when it says what. */
function provider(change: (text: string) => string = (text) => text) {
  const asked: string[] = [];
  const model: SpeechModel = {
    provider: "remote",
    cacheKey: ({ text }) => `remote ${text}`,
    async speak(request, options): Promise<Speech> {
      asked.push(request.text);
      const changed = { ...request, text: change(request.text), voice: "en-gb+m3" };
      const { audio, voice } = await embedded.speak(changed, options);
      return { audio, voice, warnings: [{ code: "SLOW", message: "slow" }] };
    },
    async close() {},
  };
  return { model, asked };
}

function batched(model: SpeechModel, settings: Partial<BatchSettings> = {}) {
  const alone: string[] = [];
  const speech = createBatchedSpeech(model, {
    reference: embedded,
    settings: { ...SETTINGS, ...settings },
    onFallback: (text) => alone.push(text),
  });
  return { speech, alone };
}

test("one request gives a clip for each name, as long as the name alone", async () => {
  for (const hint of ["pause", ""]) {
    const { model, asked } = provider();
    const { speech, alone } = batched(model, { hint });
    const clips = await speech.speakMany(names, { signal });
    assert.equal(asked.length, 1);
    assert.deepEqual(alone, []);
    for (const [index, name] of names.entries()) {
      const clip = clips[index];
      const single = await model.speak(name, { signal });
      assert.ok(clip, name.text);
      const seconds = soundingSeconds(clip.audio);
      assert.ok(
        Math.abs(seconds - soundingSeconds(single.audio)) < 0.15,
        `${name.text}: ${seconds} s of sound`,
      );
      assert.ok(durationOf(clip.audio) < durationOf(single.audio) + 0.5);
      assert.equal(clip.voice, single.voice);
      assert.deepEqual(clip.warnings, single.warnings);
    }
  }
});

test("a name the provider leaves out is nobody's clip", async () => {
  const { model } = provider((text) => text.replace("Priya. Pause. ", ""));
  const { speech, alone } = batched(model);
  const clips = await speech.speakMany(names, { signal });
  assert.equal(clips[1], null);
  assert.ok(alone.includes("Priya"));
});

test("timings of the provider that contradict the sound make a name uncertain", async () => {
  const { model } = provider();
  const shifted: SpeechModel = {
    ...model,
    async speak(request, options) {
      const speech = await model.speak(request, options);
      const { words = [] } = await embedded.speak(
        { ...request, voice: "en-gb+m3" },
        { signal: options.signal },
      );
      const wrong = words.map((word) =>
        request.text.startsWith("Scott", word.from) ? { ...word, start: word.start - 0.6 } : word,
      );
      return { ...speech, words: wrong };
    },
  };
  const clips = await batched(shifted).speech.speakMany(names, { signal });
  assert.deepEqual(
    clips.map((clip) => clip !== null),
    [true, true, false, true],
  );
});

test("requests are grouped by what they have in common, each text once, none alone", () => {
  const { speech } = batched(provider().model, { size: 3 });
  const ann = english("Ann");
  const batches = speech.batchesOf([
    ...[ann, { ...ann }, english("Bob"), { ...ann, voice: "x" }, { ...ann, speed: 1.2 }],
    ...[english("Eve"), english("Al"), english("Ed"), english("Dr. No"), english("अन्ना")],
    ...[{ text: "Ann", language: "hi" }, english("Zoe")],
  ]);
  assert.deepEqual(
    batches.map((batch) => batch.map(({ text }) => text)),
    [
      ["Ann", "Bob", "Eve"],
      ["Al", "Ed", "Zoe"],
    ],
  );
});

test("no batch is longer than the provider's text may be", () => {
  const { speech } = batched(provider().model, { hint: "", maxCharacters: 18 });
  const batches = speech.batchesOf(["Rahul", "Priya", "Joanna", "Eve"].map(english));
  assert.deepEqual(
    batches.map((batch) => batch.map(({ text }) => text)),
    [
      ["Rahul", "Priya"],
      ["Joanna", "Eve"],
    ],
  );
});

test("a batch that fails leaves its names to be spoken alone", async () => {
  const failing = fakeModel(() => {
    throw new AppError("SPEECH_FAILED", "busy", { retryable: true });
  });
  const { speech, alone } = batched(failing);
  assert.deepEqual(await speech.speakMany(names, { signal }), [null, null, null, null]);
  assert.deepEqual(
    alone,
    names.map(({ text }) => text),
  );
});

test("what would fail alike for each name is thrown", async () => {
  for (const error of [
    new AppError("SPEECH_REFUSED", "no credit left"),
    new AppError("VOICE_UNKNOWN", "no such voice"),
    createRetryLater({ notBefore: 1 }),
  ]) {
    const failing = fakeModel(() => {
      throw error;
    });
    await assert.rejects(batched(failing).speech.speakMany(names, { signal }), error);
  }
  const { speech } = batched(provider().model);
  const aborted = { signal: AbortSignal.abort() };
  await assert.rejects(speech.speakMany(names, aborted), { code: "CANCELLED" });
});

test("a text that our own voice cannot speak is not even asked for in a batch", async () => {
  const model = fakeModel(() => tone({ seconds: 2 }));
  const thai = ["สมชาย", "สมหญิง"].map((text) => ({ text, language: "th" }));
  assert.deepEqual(await batched(model).speech.speakMany(thai, { signal }), [null, null]);
  assert.equal(model.requests.length, 0);
});

test("a clip from a batch is kept under another key than one spoken alone", () => {
  const { model } = provider();
  const { speech } = batched(model);
  assert.notEqual(speech.cacheKey(english("Ann")), model.cacheKey(english("Ann")));
  assert.equal(speech.cacheKey(english("Dr. No")), model.cacheKey(english("Dr. No")));
});

function soundingSeconds({ samples, sampleRate }: Audio): number {
  const first = samples.findIndex((sample) => Math.abs(sample) > 0.01);
  const last = samples.findLastIndex((sample) => Math.abs(sample) > 0.01);
  return (last - first) / sampleRate;
}
