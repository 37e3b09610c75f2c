import assert from "node:assert/strict";
import { test } from "node:test";
import { frameLevels } from "./frame-levels.ts";
import { createKWeighting } from "./k-weighting.ts";
import { activeLoudness, activityThreshold, integratedLoudness } from "./loudness.ts";
import { assertNear, joined, noise, silence, sine } from "./test-signals.ts";

test("at 48 kHz the filters are those published in BS.1770-4", () => {
  const [shelf, pass] = createKWeighting(48_000).stages;
  assertNear(shelf.b0, 1.53512485958697, 1e-9);
  assertNear(shelf.b1, -2.69169618940638, 1e-9);
  assertNear(shelf.b2, 1.19839281085285, 1e-9);
  assertNear(shelf.a1, -1.69065929318241, 1e-9);
  assertNear(shelf.a2, 0.73248077421585, 1e-9);
  assert.deepEqual([pass.b0, pass.b1, pass.b2], [1, -2, 1]);
  assertNear(pass.a1, -1.99004745483398, 1e-9);
  assertNear(pass.a2, 0.99007225036621, 1e-9);
});

for (const sampleRate of [8000, 16_000, 22_050, 44_100, 48_000, 96_000]) {
  test(`a full-scale tone of 997 Hz in one channel has −3.01 LUFS at ${sampleRate} Hz`, () => {
    const tone = sine({ seconds: 2, sampleRate }, 997);
    assertNear(integratedLoudness([tone], sampleRate), -3.01, 0.05);
  });
}

test("the same tone in both channels is 3 dB louder", () => {
  const tone = sine({ seconds: 2, sampleRate: 48_000 }, 997);
  assertNear(integratedLoudness([tone, tone], 48_000), 0, 0.02);
});

test("a tone at −23 LUFS between long stretches at −36 is measured alone", () => {
  // EBU Tech 3341, case 3: −36, −23, −36 dBFS stereo; the answer is −23.
  const sampleRate = 48_000;
  const quiet = sine({ seconds: 3, sampleRate, amplitude: 10 ** (-36 / 20) }, 1000);
  const loud = sine({ seconds: 18, sampleRate, amplitude: 10 ** (-23 / 20) }, 1000);
  const whole = joined(quiet, loud, quiet);
  assertNear(integratedLoudness([whole, whole], sampleRate), -23, 0.1);
});

test("silence and sounds shorter than a block have no loudness", () => {
  const shape = { seconds: 1, sampleRate: 48_000 };
  assert.equal(integratedLoudness([silence(shape)], 48_000), -Infinity);
  assert.equal(integratedLoudness([sine({ ...shape, seconds: 0.3 }, 997)], 48_000), -Infinity);
  assert.equal(integratedLoudness([], 48_000), -Infinity);
  assert.equal(activeLoudness(frameLevels(silence(shape), 48_000)), -Infinity);
  assert.equal(activeLoudness(frameLevels(new Float32Array(0), 48_000)), -Infinity);
});

test("the loudness of speech does not depend on the pauses around it", () => {
  const sampleRate = 48_000;
  const tone = sine({ seconds: 1, sampleRate, amplitude: 0.1 }, 997);
  const room = noise({ seconds: 1.5, sampleRate, amplitude: 0.0005 });
  const loudness = activeLoudness(frameLevels(joined(room, tone, room), sampleRate));
  assertNear(loudness, -23.01, 0.1);
});

test("the activity threshold can be given, and the frames chosen", () => {
  const sampleRate = 16_000;
  const loud = sine({ seconds: 1, sampleRate, amplitude: 0.5 }, 997);
  const soft = sine({ seconds: 1, sampleRate, amplitude: 0.02 }, 997);
  const levels = frameLevels(joined(loud, soft), sampleRate);
  assertNear(activityThreshold(levels), -9.03 - 20, 0.1);
  assertNear(activeLoudness(levels), -9.03, 0.1);
  assertNear(activeLoudness(levels, 110, 200), -37, 0.1);
  assert.equal(activeLoudness(levels, 110, 200, -29), -Infinity);
  assertNear(activeLoudness(levels, 0, 200, -60), -12.03, 0.1);
});

test("a long silence after a sound does not slow the filter down", () => {
  const weighting = createKWeighting(48_000);
  weighting.energy(sine({ seconds: 0.1, sampleRate: 48_000 }, 997), 0, 4800);
  const rest = new Float32Array(480);
  for (let i = 0; i < 3000; i++) weighting.energy(rest, 0, rest.length);
  assert.equal(weighting.energy(rest, 0, rest.length), 0);
});
