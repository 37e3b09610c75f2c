import assert from "node:assert/strict";
import { test } from "node:test";
import { distance } from "./align-speech.ts";
import { seededRandom } from "./seeded-random.ts";
import { frameAt, type SpeechFeatures, speechFeatures, warpedFeatures } from "./speech-features.ts";

const RATE = 16_000;
/** First and second formants of four vowels, Hz. */
const VOWELS = [
  [300, 2200],
  [700, 1100],
  [400, 800],
  [550, 1800],
] as const;

type Sound = { pitch: number; gain?: number; tract?: number; noise?: number };

/** Four vowels of 0.3 s each, twice, as sums of harmonics under two resonances. */
function vowels({ pitch, gain = 0.1, tract = 1, noise = 0 }: Sound): Float32Array {
  const random = seededRandom(5);
  const samples = new Float32Array(8 * 0.3 * RATE);
  for (let i = 0; i < samples.length; i++) {
    const [first, second] = VOWELS[Math.floor(i / (0.3 * RATE)) % 4] ?? VOWELS[0];
    let sum = 0;
    for (let hz = pitch; hz < 5000; hz += pitch) {
      const near = (formant: number) => 1 / (1 + ((hz - formant * tract) / 120) ** 2);
      sum += (near(first) + 0.5 * near(second) + 0.002) * Math.sin((2 * Math.PI * hz * i) / RATE);
    }
    samples[i] = gain * sum + noise * (random() - 0.5);
  }
  return samples;
}

const at = ({ vectors }: SpeechFeatures, seconds: number) =>
  vectors[frameAt(seconds)] ?? new Float32Array();

/** Mean distance in the middle of the first four vowels. */
const between = (a: SpeechFeatures, b: SpeechFeatures, shift = 0) =>
  [0.15, 0.45, 0.75, 1.05].reduce(
    (sum, time) => sum + distance(at(a, time), at(b, time + shift)) / 4,
    0,
  );

test("a vowel is like itself at another pitch and level, and not like another one", () => {
  const low = speechFeatures(vowels({ pitch: 110 }), RATE);
  const high = speechFeatures(vowels({ pitch: 170, gain: 0.01 }), RATE);
  assert.ok(between(low, high) < 0.25, `same ${between(low, high)}`);
  assert.ok(between(low, high, 0.3) > 0.6, `other ${between(low, high, 0.3)}`);
});

test("a shorter vocal tract is made up for by the warp", () => {
  const man = vowels({ pitch: 110 });
  const woman = speechFeatures(vowels({ pitch: 190, tract: 1.2 }), RATE);
  const quiet = new Float64Array(woman.noise.length);
  const [same, shorter] = warpedFeatures(man, RATE, { noise: quiet, warps: [1, 1.2] });
  assert.ok(same && shorter);
  const [plain, warped] = [between(same, woman), between(shorter, woman)];
  assert.ok(warped < 0.8 * plain, `${warped} with, ${plain} without`);
});

test("the noise of one recording put under another makes them alike", () => {
  const noisy = speechFeatures(vowels({ pitch: 110, noise: 0.08 }), RATE);
  const clean = vowels({ pitch: 150 });
  const plain = between(speechFeatures(clean, RATE), noisy);
  const [masked] = warpedFeatures(clean, RATE, { noise: noisy.noise, warps: [1] });
  const covered = masked ? between(masked, noisy) : 2;
  assert.ok(covered < 0.9 * plain, `${covered} with, ${plain} without`);
});

test("every hop has a vector of length 1 and a level, whatever the sound", () => {
  const loud = speechFeatures(vowels({ pitch: 110 }), RATE);
  assert.equal(loud.vectors.length, Math.floor((2.4 - 0.025) / 0.01) + 1);
  assert.equal(loud.levelsDb.length, loud.vectors.length);
  for (const vector of loud.vectors) assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-3);
  const silent = speechFeatures(new Float32Array(RATE), RATE);
  assert.ok(silent.vectors.every((vector) => vector.every(Number.isFinite)));
  assert.equal(speechFeatures(new Float32Array(100), RATE).vectors.length, 0);
});
