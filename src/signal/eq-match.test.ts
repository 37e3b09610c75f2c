import assert from "node:assert/strict";
import { test } from "node:test";
import { bandCentres, bandLevels } from "./band-levels.ts";
import { applyFilter, designMatchingFilter } from "./eq-match.ts";
import { spectralDistance } from "./seam.ts";
import { assertNear, noise, rms, sine } from "./test-signals.ts";

const sampleRate = 48_000;

function gainDb(filter: Float32Array, frequency: number) {
  const tone = sine({ seconds: 0.5, sampleRate }, frequency);
  const filtered = applyFilter(tone, filter);
  return 20 * Math.log10(rms(filtered.subarray(2400, -2400)) / rms(tone.subarray(2400, -2400)));
}

test("filtering is the sum that defines it, in step with the input and as long", () => {
  const filter = noise({ seconds: 131, sampleRate: 1 });
  for (let i = 0; i < 65; i++) filter[130 - i] = filter[i] ?? 0;
  for (const length of [1, 40, 500, 5000]) {
    const input = noise({ seconds: length, sampleRate: 1 }, length);
    const output = applyFilter(input, filter);
    assert.equal(output.length, length);
    for (let n = 0; n < length; n++) {
      let sum = 0;
      for (let k = 0; k < 131; k++) sum += (filter[k] ?? 0) * (input[n + 65 - k] ?? 0);
      assertNear(output[n] ?? 0, sum, 1e-4);
    }
  }
});

test("a filter of even length is refused", () => {
  assert.throws(() => applyFilter(new Float32Array(10), new Float32Array(4)), RangeError);
});

test("equal spectra, however far apart in level, need no filter", () => {
  const from = bandCentres(sampleRate).map(() => -40);
  const filter = designMatchingFilter({ from, to: from.map((x) => x + 30), sampleRate });
  assert.equal(filter.length % 2, 1);
  assertNear(filter.length / sampleRate, 0.0055, 0.0005);
  for (const frequency of [100, 1000, 10_000]) assertNear(gainDb(filter, frequency), 0, 0.1);
});

test("a dull voice is brightened by what it lacks, within the limit", () => {
  const centres = bandCentres(sampleRate);
  const from = centres.map(() => -40);
  const tilted = centres.map((_, b) => -45 + (10 * b) / 17);
  const filter = designMatchingFilter({ from, to: tilted, sampleRate });
  assertNear(gainDb(filter, 1000), 0, 0.5);
  assertNear(gainDb(filter, 5000), 4.4, 0.7);
  const steep = centres.map((_, b) => -80 + (80 * b) / 17);
  assertNear(gainDb(designMatchingFilter({ from, to: steep, sampleRate }), 5500), 8, 0.5);
  assertNear(
    gainDb(designMatchingFilter({ from, to: steep, sampleRate, limitDb: 3 }), 5500),
    3,
    0.5,
  );
});

test("after filtering the spectra are alike", () => {
  const white = noise({ seconds: 2, sampleRate, amplitude: 0.2 });
  const dull = white.slice();
  for (let i = 1; i < dull.length; i++) dull[i] = 0.35 * (dull[i] ?? 0) + 0.65 * (dull[i - 1] ?? 0);
  const from = bandLevels(dull, sampleRate);
  const to = bandLevels(white, sampleRate);
  const matched = applyFilter(dull, designMatchingFilter({ from, to, sampleRate }));
  assert.ok(spectralDistance(from, to) > 1.5);
  assert.ok(spectralDistance(bandLevels(matched, sampleRate), to) < 0.5);
});

test("bands that a clip does not have are left alone", () => {
  const to = bandCentres(sampleRate).map((_, b) => (b < 15 ? -40 : -20));
  const missing = designMatchingFilter({ from: to.slice(0, 15).map(() => -40), to, sampleRate });
  const empty = to.map((_, b) => (b < 15 ? -40 : -118));
  for (const filter of [missing, designMatchingFilter({ from: empty, to, sampleRate })]) {
    for (const frequency of [500, 2000, 6300]) assertNear(gainDb(filter, frequency), 0, 0.1);
  }
});

test("silent levels give a filter that changes nothing", () => {
  const silent = bandCentres(sampleRate).map(() => -120);
  const filter = designMatchingFilter({ from: [], to: silent, sampleRate });
  assertNear(gainDb(filter, 1000), 0, 0.1);
});
