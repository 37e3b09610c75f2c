import assert from "node:assert/strict";
import { test } from "node:test";
import { bandCentres, bandLevels, createBandMeter } from "./band-levels.ts";
import { frameLevels } from "./frame-levels.ts";
import { activityThreshold } from "./loudness.ts";
import { assertNear, babble, joined, noise, pieces, silence, sine } from "./test-signals.ts";

test("there are 18 bands, fewer where the sample rate is low", () => {
  assert.equal(bandCentres(48_000).length, 18);
  assert.equal(bandCentres(48_000).at(-1), 6300);
  assert.equal(bandCentres(8000).at(-1), 3150);
  assert.equal(bandLevels(noise({ seconds: 0.5, sampleRate: 8000 }), 8000).length, 15);
});

for (const sampleRate of [16_000, 22_050, 48_000, 96_000]) {
  test(`a tone is loudest in its own band at ${sampleRate} Hz`, () => {
    for (const [band, centre] of bandCentres(sampleRate).entries()) {
      if (centre < 400) continue;
      const levels = bandLevels(
        sine({ seconds: 0.5, sampleRate, amplitude: 0.5 }, centre),
        sampleRate,
      );
      assert.equal(levels.indexOf(Math.max(...levels)), band);
      if (centre >= 1000) assertNear(levels[band] ?? 0, -9.03, 0.3);
    }
  });
}

test("white noise rises by 1 dB a band", () => {
  const levels = bandLevels(noise({ seconds: 4, sampleRate: 48_000 }), 48_000);
  assertNear((levels[17] ?? 0) - (levels[7] ?? 0), 10, 1);
});

test("pauses do not change the spectrum of the speech", () => {
  const sampleRate = 48_000;
  const speech = noise({ seconds: 1, sampleRate, amplitude: 0.3 });
  const hum = sine({ seconds: 1, sampleRate, amplitude: 0.01 }, 160);
  const alone = bandLevels(speech, sampleRate);
  const between = bandLevels(joined(hum, speech, hum), sampleRate);
  for (const [b, level] of alone.entries()) assertNear(between[b] ?? 0, level, 0.5);
});

test("a stream in pieces gives the spectrum of the whole", () => {
  for (const sampleRate of [22_050, 48_000]) {
    const samples = joined(
      noise({ seconds: 1.005, sampleRate, amplitude: 0.001 }),
      babble({ seconds: 4, sampleRate }),
    );
    const threshold = activityThreshold(frameLevels(samples, sampleRate));
    const meter = createBandMeter(sampleRate, 0.01);
    for (const piece of pieces(samples)) meter.push(piece);
    const streamed = meter.finish(threshold);
    const whole = bandLevels(samples, sampleRate);
    assert.equal(streamed.length, whole.length);
    for (const [b, level] of whole.entries()) assertNear(streamed[b] ?? 0, level, 0.3);
  }
});

test("every second frame is enough for a stream", () => {
  const sampleRate = 48_000;
  const samples = babble({ seconds: 20, sampleRate });
  const meter = createBandMeter(sampleRate);
  meter.push(samples);
  const streamed = meter.finish(activityThreshold(frameLevels(samples, sampleRate)));
  for (const [b, level] of bandLevels(samples, sampleRate).entries()) {
    assertNear(streamed[b] ?? 0, level, 1);
  }
});

test("silence has −120 dB in every band", () => {
  const sampleRate = 48_000;
  const quiet = silence({ seconds: 1, sampleRate });
  assert.ok(bandLevels(quiet, sampleRate).every((level) => level === -120));
  assert.ok(bandLevels(new Float32Array(0), sampleRate).every((level) => level === -120));
  const meter = createBandMeter(sampleRate);
  meter.push(quiet);
  assert.ok(meter.finish(-60).every((level) => level === -120));
});
