import assert from "node:assert/strict";
import { test } from "node:test";
import type { Audio } from "../../domain/audio.ts";
import { fakeModel, tone } from "../testing/fake-speech.ts";
import { plausibleSeconds } from "./speech-check.ts";
import { createVerifiedSpeech } from "./verified-speech.ts";

const priya = { text: "Priya", language: "hi" };
const options = { signal: new AbortController().signal };
const good = tone({ seconds: 0.5 });

function changed(change: (sample: number, index: number) => number, seconds = 0.5): Audio {
  const { samples, sampleRate } = tone({ seconds });
  return { samples: samples.map(change), sampleRate };
}

const UNUSABLE: [string, Audio, RegExp][] = [
  ["no samples", { samples: new Float32Array(0), sampleRate: 16_000 }, /has no sound/],
  ["silence", changed(() => 0), /is silent/],
  ["noise far below speech", changed((sample) => sample * 0.0005), /is silent/],
  ["a constant offset", changed(() => 0.4), /is silent/],
  ["not a number", changed((sample, index) => (index === 99 ? Number.NaN : sample)), /no numbers/],
  ["flat clipping", changed((sample) => Math.max(-1, Math.min(1, sample * 90))), /is distorted/],
  ["a blip", tone({ seconds: 0.04 }), /at least 0\.06 s are needed/],
  ["a blip in silence", changed((sample, index) => (index < 700 ? sample : 0)), /needed/],
  ["half a minute", tone({ seconds: 30 }), /lasts 30 s, at most 4\.25 s are plausible/],
];

for (const [kind, audio, reason] of UNUSABLE) {
  test(`${kind} is made again once, and then taken`, async () => {
    const model = fakeModel((_, number) => (number === 1 ? audio : good));
    const speech = await createVerifiedSpeech(model).speak(priya, options);
    assert.equal(speech.audio, good);
    assert.deepEqual(model.requests, [priya, priya]);
  });

  test(`${kind} twice is an error that says why`, async () => {
    const model = fakeModel(() => audio);
    const speaking = createVerifiedSpeech(model).speak(priya, options);
    await assert.rejects(speaking, { code: "SPEECH_UNUSABLE", message: reason });
    assert.equal(model.requests.length, 2);
  });
}

test("a good clip is asked for once and passed on without a warning", async () => {
  const model = fakeModel(() => good);
  const speech = await createVerifiedSpeech(model).speak(priya, options);
  assert.deepEqual(speech, { audio: good, voice: "fake", warnings: [] });
  assert.equal(model.requests.length, 1);
});

const whole = tone({ seconds: 1 });
const half = Math.round(whole.samples.length / 2);
const CUT: ["start" | "end", Audio][] = [
  ["start", { ...whole, samples: whole.samples.slice(half) }],
  ["end", { ...whole, samples: whole.samples.slice(0, half) }],
];

for (const [edge, audio] of CUT) {
  test(`speech that is cut off at its ${edge} is made again once, and then fails`, async () => {
    const mended = createVerifiedSpeech(fakeModel((_, number) => (number === 1 ? audio : good)));
    assert.equal((await mended.speak(priya, options)).audio, good);
    const speaking = createVerifiedSpeech(fakeModel(() => audio)).speak(priya, options);
    const message = new RegExp(`is cut off at its ${edge}, twice`, "u");
    await assert.rejects(speaking, { code: "SPEECH_UNUSABLE", message });
  });

  test(`a recording that is cut off at its ${edge} is marked`, async () => {
    const model = fakeModel(() => audio);
    const { warnings } = await createVerifiedSpeech(model, { cutEdges: "warn" }).speak(
      priya,
      options,
    );
    assert.deepEqual(warnings, [
      { code: "SPEECH_CUT", message: `"Priya" may be cut off at its ${edge}` },
    ]);
    assert.equal(model.requests.length, 1);
  });
}

test("a longer text may and must last longer, in every script", () => {
  const bounds = (text: string, speed = 1) => plausibleSeconds({ text, language: "", speed });
  for (const word of ["Priya ", "प्रिया ", "王小明", "지민 ", "محمد ", "12 "]) {
    const [short, long] = [bounds(word), bounds(word.repeat(40))];
    assert.ok(long.least > short.least && long.most > short.most, word);
  }
  assert.ok(bounds("Priya", 0.5).most > bounds("Priya").most);
  assert.ok(bounds("Priya", 2).least < bounds("Priya").least);
});
