import assert from "node:assert/strict";
import { test } from "node:test";
import { createFft, createPowerSpectrum } from "./fft.ts";
import { assertNear, noise, rms, sine } from "./test-signals.ts";

test("the transform equals the sum that defines it, and its inverse undoes it", () => {
  const size = 64;
  const { order, transform } = createFft(size);
  const input = noise({ seconds: 2 * size, sampleRate: 1 });
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    real[order[i] ?? 0] = input[i] ?? 0;
    imaginary[order[i] ?? 0] = input[size + i] ?? 0;
  }
  transform(real, imaginary);
  for (let k = 0; k < size; k++) {
    let sumReal = 0;
    let sumImaginary = 0;
    for (let i = 0; i < size; i++) {
      const c = Math.cos((2 * Math.PI * i * k) / size);
      const s = -Math.sin((2 * Math.PI * i * k) / size);
      sumReal += (input[i] ?? 0) * c - (input[size + i] ?? 0) * s;
      sumImaginary += (input[i] ?? 0) * s + (input[size + i] ?? 0) * c;
    }
    assertNear(real[k] ?? 0, sumReal, 1e-9);
    assertNear(imaginary[k] ?? 0, sumImaginary, 1e-9);
  }
  const backReal = new Float64Array(size);
  const backImaginary = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    backReal[order[k] ?? 0] = real[k] ?? 0;
    backImaginary[order[k] ?? 0] = imaginary[k] ?? 0;
  }
  transform(backImaginary, backReal);
  for (let i = 0; i < size; i++) {
    assertNear((backReal[i] ?? 0) / size, input[i] ?? 0, 1e-9);
    assertNear((backImaginary[i] ?? 0) / size, input[size + i] ?? 0, 1e-9);
  }
});

test("a sine's power stands in the bins around its frequency", () => {
  const size = 1024;
  const out = new Float64Array(size / 2 + 1);
  createPowerSpectrum(size)(sine({ seconds: 1, sampleRate: 48_000 }, 3000), 100, out);
  const peak = out.indexOf(Math.max(...out));
  assert.equal(peak, 64);
  assertNear(
    out.subarray(peak - 2, peak + 3).reduce((a, b) => a + b),
    0.5,
    0.001,
  );
  assertNear(
    out.reduce((a, b) => a + b),
    0.5,
    0.001,
  );
});

test("the bins of noise sum up to its mean square", () => {
  const size = 512;
  const samples = noise({ seconds: 4, sampleRate: 48_000, amplitude: 0.5 });
  const spectrum = createPowerSpectrum(size);
  const out = new Float64Array(size / 2 + 1);
  let sum = 0;
  let count = 0;
  for (let at = 0; at + size <= samples.length; at += 256) {
    spectrum(samples, at, out);
    sum += out.reduce((a, b) => a + b);
    count++;
  }
  assertNear(Math.sqrt(sum / count), rms(samples), 0.003);
});

test("samples beyond the input count as silence", () => {
  const size = 256;
  const spectrum = createPowerSpectrum(size);
  const input = noise({ seconds: 100, sampleRate: 1 });
  const padded = new Float32Array(size);
  padded.set(input, 60);
  const expected = new Float64Array(size / 2 + 1);
  const actual = new Float64Array(size / 2 + 1);
  spectrum(padded, 0, expected);
  spectrum(input, -60, actual);
  assert.deepEqual(actual, expected);
});

test("a size that is no power of two is refused", () => {
  assert.throws(() => createFft(1000), RangeError);
});
