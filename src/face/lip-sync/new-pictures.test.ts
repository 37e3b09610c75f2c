import assert from "node:assert/strict";
import { test } from "node:test";
import { newPictures } from "./new-pictures.ts";

const RATE = 16_000;
/** A sound that tells where it is: 1, 2, 3 … over its length. */
const counting = (seconds: number) => ({
  samples: Float32Array.from({ length: Math.round(seconds * RATE) }, (_, at) => at + 1),
  sampleRate: RATE,
});
const sources = Array.from({ length: 25 }, (_, picture) => picture);
const request = { sources, frameSeconds: 0.04 };

test("the words are heard from their moment on, in silence as long as the pictures", () => {
  const audio = counting(0.5);
  const { audio: heard, spoken } = newPictures({ ...request, speech: { audio, start: 0.2 } });
  assert.equal(heard.samples.length, RATE);
  const from = 0.2 * RATE;
  assert.ok(heard.samples.subarray(0, from).every((sample) => sample === 0));
  assert.deepEqual(heard.samples.slice(from, from + audio.samples.length), audio.samples);
  assert.ok(heard.samples.subarray(from + audio.samples.length).every((sample) => sample === 0));
  assert.deepEqual(spoken, { start: 0.2, end: 0.7 });
});

test("of words that go on after the last picture the end is left out", () => {
  const { audio, spoken } = newPictures({
    ...request,
    speech: { audio: counting(2), start: 0.75 },
  });
  assert.deepEqual([audio.samples.length, audio.samples.at(-1)], [RATE, 0.25 * RATE]);
  assert.deepEqual(spoken, { start: 0.75, end: 1 });
});

test("words that begin after the last picture are not heard at all", () => {
  const { audio } = newPictures({ ...request, speech: { audio: counting(0.3), start: 1.2 } });
  assert.equal(audio.samples.length, RATE);
  assert.ok(audio.samples.every((sample) => sample === 0));
});

test("phonemes move with the words and their visemes fill the time of all pictures", () => {
  const phonemes = [
    { symbol: "m", start: 0, end: 0.1 },
    { symbol: "ɑ", start: 0.1, end: 0.4 },
  ];
  const { visemes } = newPictures({
    ...request,
    speech: { audio: counting(0.4), start: 0.3, phonemes },
  });
  const lips = visemes.find(({ viseme }) => viseme === "PP");
  assert.ok(lips && Math.abs(lips.start - 0.3) < 0.02, JSON.stringify(visemes));
  const open = visemes.find(({ viseme }) => viseme === "aa");
  assert.ok(open && open.start > 0.35 && open.end <= 0.72, JSON.stringify(visemes));
  assert.deepEqual([visemes[0]?.start, visemes.at(-1)?.end], [0, 1]);
});

test("without phonemes, or with none, the sound itself moves the mouth", () => {
  const hum = (at: number) =>
    at > 0.1 * RATE ? 0.5 * Math.sin((2 * Math.PI * 200 * at) / RATE) : 0;
  const samples = Float32Array.from({ length: 0.6 * RATE }, (_, at) => hum(at));
  const speech = { audio: { samples, sampleRate: RATE }, start: 0.2 };
  const { visemes } = newPictures({ ...request, speech });
  assert.ok(visemes.some(({ viseme, start }) => viseme !== "sil" && start >= 0.2));
  assert.ok(visemes.every(({ viseme, end }) => viseme === "sil" || end > 0.2));
  assert.deepEqual(
    newPictures({ ...request, speech: { ...speech, phonemes: [] } }).visemes,
    visemes,
  );
});
