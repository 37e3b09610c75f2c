import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear, joined, noise, silence } from "./test-signals.ts";
import { activeSeconds, speechBounds } from "./trim.ts";

for (const sampleRate of [8000, 22_050, 48_000]) {
  test(`speech is found between silences at ${sampleRate} Hz, one frame wider at most`, () => {
    const sound = joined(
      silence({ seconds: 0.3, sampleRate }),
      noise({ seconds: 0.5, sampleRate, amplitude: 0.4 }),
      silence({ seconds: 0.4, sampleRate }),
    );
    const bounds = speechBounds(sound, sampleRate);
    assertNear((bounds?.start ?? 0) / sampleRate, 0.295, 0.0055);
    assertNear((bounds?.end ?? 0) / sampleRate, 0.805, 0.0055);
    assert.ok((bounds?.start ?? 1e9) <= 0.3 * sampleRate && (bounds?.end ?? 0) >= 0.8 * sampleRate);
    assertNear(activeSeconds(sound, sampleRate), 0.5, 0.006);
  });
}

test("a soft ending is kept down to the floor, and noise below it is not", () => {
  const sampleRate = 48_000;
  const loud = noise({ seconds: 0.4, sampleRate, amplitude: 0.5 });
  const soft = noise({ seconds: 0.2, sampleRate, amplitude: 0.5 * 10 ** (-33 / 20) });
  const hiss = noise({ seconds: 0.4, sampleRate, amplitude: 0.5 * 10 ** (-45 / 20) });
  const sound = joined(hiss, loud, soft, hiss);
  const bounds = speechBounds(sound, sampleRate);
  assertNear((bounds?.start ?? 0) / sampleRate, 0.4, 0.006);
  assertNear((bounds?.end ?? 0) / sampleRate, 1, 0.006);
  assertNear((speechBounds(sound, sampleRate, -25)?.end ?? 0) / sampleRate, 0.8, 0.006);
  assertNear(activeSeconds(sound, sampleRate), 0.4, 0.006);
});

test("a short name in a long silence is found", () => {
  const sampleRate = 22_050;
  const quiet = noise({ seconds: 10, sampleRate, amplitude: 0.0005 });
  const sound = joined(quiet, noise({ seconds: 0.2, sampleRate, amplitude: 0.3 }), quiet);
  const bounds = speechBounds(sound, sampleRate);
  assertNear((bounds?.start ?? 0) / sampleRate, 10, 0.006);
  assertNear(activeSeconds(sound, sampleRate), 0.2, 0.006);
});

test("silence and dither have no bounds and no active time", () => {
  const sampleRate = 22_050;
  for (const sound of [
    new Float32Array(0),
    silence({ seconds: 1, sampleRate }),
    noise({ seconds: 1, sampleRate, amplitude: 1 / 32_768 }),
  ]) {
    assert.equal(speechBounds(sound, sampleRate), null);
    assert.equal(activeSeconds(sound, sampleRate), 0);
  }
});

test("sound without any silence is kept whole", () => {
  const sound = noise({ seconds: 0.501, sampleRate: 44_100 });
  assert.deepEqual(speechBounds(sound, 44_100), { start: 0, end: sound.length });
});
