import assert from "node:assert/strict";
import { test } from "node:test";
import { joinSounds, wavAt } from "./spoken-sound.ts";

const level = (value: number, length: number, sampleRate: number) => ({
  samples: new Float32Array(length).fill(value),
  sampleRate,
});

test("sounds stand where they begin, at one rate, with silence around them", () => {
  const { samples, sampleRate } = joinSounds(
    [
      { audio: level(0.5, 8000, 8000), start: 0.5 },
      { audio: level(0.25, 4000, 16_000), start: 1.5 },
    ],
    16_000,
    2.5,
  );
  assert.deepEqual([sampleRate, samples.length], [16_000, 40_000]);
  for (const [seconds, expected] of [
    [0.2, 0],
    [1, 0.5],
    [1.6, 0.25],
    [2, 0],
  ] as const) {
    assert.ok(Math.abs((samples[seconds * 16_000] ?? 1) - expected) < 0.01, String(seconds));
  }
});

test("a sound becomes a WAV of a rate, and keeps its length", () => {
  const { bytes, duration } = wavAt(level(0.5, 24_000, 24_000), 22_050);
  assert.equal(duration, 1);
  assert.deepEqual([bytes.readUInt32LE(24), bytes.length], [22_050, 44 + 2 * 22_050]);
});
