import assert from "node:assert/strict";
import { test } from "node:test";
import { createFrameMeter, frameLevels } from "./frame-levels.ts";
import { assertNear, joined, noise, pieces, silence, sine } from "./test-signals.ts";

test("every 10 ms has the mean square of its samples", () => {
  const sampleRate = 48_000;
  const { powers, weighted, frameSeconds } = frameLevels(
    joined(silence({ seconds: 0.5, sampleRate }), sine({ seconds: 0.5, sampleRate }, 1000)),
    sampleRate,
  );
  assert.equal(frameSeconds, 0.01);
  assert.equal(powers.length, 100);
  assert.equal(powers[49], 0);
  assertNear(powers[50] ?? 0, 0.5, 1e-6);
  // K-weighting raises 1 kHz by the 0.69 dB that the loudness formula takes off again.
  assertNear(weighted[90] ?? 0, 0.5 * 10 ** 0.0691, 0.01);
});

test("a stream in pieces is measured as the whole is", () => {
  const sampleRate = 22_050;
  const samples = noise({ seconds: 3, sampleRate, amplitude: 0.3 });
  const meter = createFrameMeter(sampleRate);
  for (const piece of pieces(samples)) meter.push(piece);
  const inPieces = meter.finish();
  const whole = frameLevels(samples, sampleRate);
  assert.equal(inPieces.powers.length, whole.powers.length);
  for (const [f, power] of whole.powers.entries()) {
    assertNear(inPieces.powers[f] ?? 0, power, 1e-6);
    assertNear(inPieces.weighted[f] ?? 0, whole.weighted[f] ?? 0, 1e-6);
  }
});

test("frames keep time where 10 ms are no whole number of samples", () => {
  const sampleRate = 11_025;
  const shape = { seconds: 60, sampleRate };
  const samples = joined(silence(shape), sine({ ...shape, seconds: 1 }, 500));
  const { powers } = frameLevels(samples, sampleRate);
  assert.equal(powers.length, 6100);
  assert.equal(
    powers.findIndex((power) => power > 0.1),
    6000,
  );
});

test("a last partial frame counts from half a frame on", () => {
  assert.equal(frameLevels(new Float32Array(480 + 239), 48_000).powers.length, 1);
  const { powers } = frameLevels(new Float32Array(480 + 240).fill(0.5), 48_000);
  assert.deepEqual([...powers], [0.25, 0.25]);
  assert.equal(frameLevels(new Float32Array(0), 48_000).powers.length, 0);
});
