import assert from "node:assert/strict";
import { test } from "node:test";
import { resample } from "./resample.ts";

const tone = (hz: number, rate: number, seconds: number) =>
  Float32Array.from({ length: rate * seconds }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rate));
const rms = (samples: Float32Array) =>
  Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);

test("a tone keeps its pitch, level and length at another rate", () => {
  for (const [from, to] of [
    [24_000, 16_000],
    [22_050, 48_000],
  ] as const) {
    const made = resample(tone(1000, from, 1), from, to);
    assert.equal(made.length, to);
    const expected = tone(1000, to, 1);
    const middle = (samples: Float32Array) => samples.subarray(1000, to - 1000);
    const error = middle(made).map((one, i) => one - (middle(expected)[i] ?? 0));
    assert.ok(rms(error) < 0.002, `${from} to ${to}: ${rms(error)}`);
  }
});

test("what the lower rate cannot hold is taken out instead of folded back", () => {
  assert.ok(rms(resample(tone(10_000, 24_000, 1), 24_000, 16_000)) < 0.01);
});
