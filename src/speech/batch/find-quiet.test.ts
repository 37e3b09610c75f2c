import assert from "node:assert/strict";
import { test } from "node:test";
import { babble, joined, noise, silence, sine } from "../../signal/test-signals.ts";
import { findQuiet } from "./find-quiet.ts";

const SAMPLE_RATE = 16_000;
const tone = (seconds: number) => sine({ seconds, sampleRate: SAMPLE_RATE, amplitude: 0.3 }, 300);
const quiet = (seconds: number) => silence({ seconds, sampleRate: SAMPLE_RATE });
const words = joined(
  quiet(0.2),
  tone(0.5),
  quiet(0.3),
  tone(0.4),
  quiet(0.1),
  tone(0.3),
  quiet(0.2),
);
const TRUTH = [
  [0, 0.2],
  [0.7, 1],
  [1.4, 1.5],
  [1.8, 2],
];

function stretchesOf(samples: Float32Array, silenceDb = -40) {
  const found = findQuiet({ samples, sampleRate: SAMPLE_RATE }, silenceDb);
  return found?.stretches.map(({ start, end }) => [start, end].map((at) => Number(at.toFixed(2))));
}

test("pauses, and the quiet before and after, are found at their places", () => {
  assert.deepEqual(stretchesOf(words), TRUTH);
});

test("a quieter recording and one with noise have the same pauses", () => {
  assert.deepEqual(stretchesOf(words.map((sample) => sample * 0.01)), TRUTH);
  const hiss = noise({ seconds: 2, sampleRate: SAMPLE_RATE, amplitude: 0.008 });
  assert.deepEqual(stretchesOf(words.map((sample, i) => sample + (hiss[i] ?? 0))), TRUTH);
});

test("a higher threshold than the recording allows does not make weak speech a pause", () => {
  assert.deepEqual(stretchesOf(words, -3), TRUTH);
});

test("without anything to tell speech from quiet by there are no pauses", () => {
  assert.equal(stretchesOf(quiet(1)), undefined);
  assert.equal(stretchesOf(new Float32Array(0)), undefined);
  assert.equal(stretchesOf(noise({ seconds: 1, sampleRate: SAMPLE_RATE })), undefined);
  const loud = babble({ seconds: 2, sampleRate: SAMPLE_RATE });
  const hiss = noise({ seconds: 2, sampleRate: SAMPLE_RATE, amplitude: 0.2 });
  assert.equal(stretchesOf(loud.map((sample, i) => sample + (hiss[i] ?? 0))), undefined);
});

test("a pause is cut where it is quietest, and in its middle where it is alike", () => {
  const found = findQuiet({ samples: words, sampleRate: SAMPLE_RATE }, -40);
  const pause = { start: 0.7, end: 1 };
  assert.ok(found && Math.abs(found.cutIn(pause) - 0.85) < 0.02);
  const weakEnd = sine({ seconds: 0.2, sampleRate: SAMPLE_RATE, amplitude: 0.002 }, 3000);
  const tailed = words.slice();
  tailed.set(weakEnd, 0.7 * SAMPLE_RATE);
  const cut = findQuiet({ samples: tailed, sampleRate: SAMPLE_RATE }, -40)?.cutIn(pause) ?? 0;
  assert.ok(cut > 0.9 && cut < 1, `${cut}`);
});
