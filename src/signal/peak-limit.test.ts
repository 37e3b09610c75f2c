import assert from "node:assert/strict";
import { test } from "node:test";
import { limitPeaks } from "./peak-limit.ts";
import { seededRandom } from "./seeded-random.ts";
import { noise, sine } from "./test-signals.ts";

const peak = (samples: Float32Array) => samples.reduce((max, x) => Math.max(max, Math.abs(x)), 0);

test("what stays below the ceiling is not touched", () => {
  const sound = noise({ seconds: 1, sampleRate: 48_000, amplitude: 0.97 });
  const limited = sound.slice();
  limitPeaks(limited);
  assert.deepEqual(limited, sound);
});

test("no sample lies above the ceiling afterwards, whatever came in", () => {
  const random = seededRandom(9);
  for (let round = 0; round < 50; round++) {
    const length = Math.floor(random() * 4000);
    const sound = noise({ seconds: length, sampleRate: 1, amplitude: 3 * random() }, round);
    limitPeaks(sound, 0.9);
    assert.ok(peak(sound) <= 0.9, `round ${round}: ${peak(sound)}`);
  }
});

test("samples away from a peak stay bit for bit", () => {
  const sound = noise({ seconds: 1, sampleRate: 48_000, amplitude: 0.5 });
  sound[24_000] = 1.8;
  const limited = sound.slice();
  limitPeaks(limited);
  assert.ok((limited[24_000] ?? 0) > 0.97 && (limited[24_000] ?? 1) <= 0.98);
  assert.deepEqual(limited.subarray(0, 23_600), sound.subarray(0, 23_600));
  assert.deepEqual(limited.subarray(24_400), sound.subarray(24_400));
});

test("the gain moves smoothly and is no lower than a peak needs", () => {
  const sampleRate = 48_000;
  const sound = sine({ seconds: 1, sampleRate, amplitude: 0.9 }, 300);
  for (let i = 20_000; i < 22_000; i++) sound[i] = (sound[i] ?? 0) * 1.5;
  const limited = sound.slice();
  limitPeaks(limited);
  let last = 1;
  for (let i = 0; i < sound.length; i++) {
    if (Math.abs(sound[i] ?? 0) < 0.1) continue;
    const gain = (limited[i] ?? 0) / (sound[i] ?? 1);
    assert.ok(gain > 0.72 && gain <= 1.0001);
    assert.ok(Math.abs(gain - last) < 0.06);
    last = gain;
  }
});

test("limiting adds no click", () => {
  const sampleRate = 48_000;
  const sound = sine({ seconds: 1, sampleRate, amplitude: 1.5 }, 300).map(
    (x, i) => x * Math.sin((Math.PI * i) / sampleRate) ** 2,
  );
  const sharpest = (samples: Float32Array) => {
    const change = (x: number, i: number) => x - 2 * (samples[i - 1] ?? x) + (samples[i - 2] ?? x);
    return peak(samples.map(change).subarray(2));
  };
  const limited = sound.slice();
  limitPeaks(limited);
  assert.ok(peak(sound) > 1.4 && peak(limited) <= 0.98);
  assert.ok(sharpest(limited) < sharpest(sound));
});
