import assert from "node:assert/strict";
import { test } from "node:test";
import { bandLevels } from "./band-levels.ts";
import { frameLevels } from "./frame-levels.ts";
import { clickDb, loudnessDifference, noiseFloorDifference, spectralDistance } from "./seam.ts";
import { assertNear, babble, joined, noise, silence, sine } from "./test-signals.ts";

const sampleRate = 48_000;

test("a step stands out as a click, a smooth tone does not", () => {
  const tone = sine({ seconds: 1, sampleRate, amplitude: 0.3 }, 200);
  assert.ok(clickDb(tone, sampleRate, 24_000) < 1);
  const cut = joined(tone.subarray(0, 24_000), tone.map((x) => -x - 0.2).subarray(24_000));
  assert.ok(clickDb(cut, sampleRate, 24_000) > 20);
  assert.ok(clickDb(cut, sampleRate, 24_050) > 20);
  assert.ok(clickDb(cut, sampleRate, 24_400) < 1);
});

test("a click is measured against what is usual around it", () => {
  const rough = noise({ seconds: 1, sampleRate, amplitude: 0.3 });
  const spiked = rough.slice();
  spiked[24_000] = 1;
  const difference = clickDb(spiked, sampleRate, 24_000) - clickDb(rough, sampleRate, 24_000);
  assert.ok(difference > 3 && difference < 12);
  assert.equal(clickDb(silence({ seconds: 1, sampleRate }), sampleRate, 24_000), -120);
  assert.ok(Number.isFinite(clickDb(rough, sampleRate, 0)));
});

test("a burst at the joint is not taken for what is usual", () => {
  const sound = noise({ seconds: 1, sampleRate, amplitude: 0.01 });
  sound.set(noise({ seconds: 0.009, sampleRate, amplitude: 0.3 }), 24_000 - 216);
  assert.ok(clickDb(sound, sampleRate, 24_000) > 20);
});

test("twice the amplitude is 6 LU", () => {
  const speech = babble({ seconds: 2, sampleRate });
  const a = frameLevels(speech, sampleRate);
  const b = frameLevels(
    speech.map((x) => x / 2),
    sampleRate,
  );
  const none = frameLevels(silence({ seconds: 1, sampleRate }), sampleRate);
  assertNear(loudnessDifference(a, b), 6.02, 0.01);
  assertNear(loudnessDifference(b, a), 6.02, 0.01);
  assert.equal(loudnessDifference(none, none), 0);
  assert.equal(loudnessDifference(a, none), Infinity);
});

test("noise floors are compared in the pauses, and inaudible ones are equal", () => {
  const speech = noise({ seconds: 1, sampleRate, amplitude: 0.4 }, 2);
  const withRoom = (amplitude: number) =>
    frameLevels(joined(speech, noise({ seconds: 1, sampleRate, amplitude })), sampleRate);
  assertNear(noiseFloorDifference(withRoom(0.01), withRoom(0.001)), 20, 0.5);
  assert.equal(noiseFloorDifference(withRoom(1e-5), withRoom(0)), 0);
  assertNear(noiseFloorDifference(withRoom(0.01 * Math.sqrt(3)), withRoom(0)), 50, 0.5);
});

test("level does not count as colour, tilt does", () => {
  const a = bandLevels(babble({ seconds: 1, sampleRate }), sampleRate);
  assertNear(
    spectralDistance(
      a,
      a.map((x) => x - 12),
    ),
    0,
    1e-6,
  );
  assertNear(
    spectralDistance(
      a,
      a.map((x, b) => x + (b % 2 ? 3 : -3)),
    ),
    3,
    1e-9,
  );
  assert.equal(spectralDistance(a, a.slice(0, 15)), 0);
  assert.equal(spectralDistance([], a), 0);
});
