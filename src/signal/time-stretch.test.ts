import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear, babble, noise, rms, sine } from "./test-signals.ts";
import { timeStretch } from "./time-stretch.ts";

const levelDb = (samples: Float32Array) => 20 * Math.log10(rms(samples));

function pitchOf(samples: Float32Array, sampleRate: number) {
  let crossings = 0;
  for (let i = 1; i < samples.length; i++) {
    if ((samples[i - 1] ?? 0) < 0 && (samples[i] ?? 0) >= 0) crossings++;
  }
  return (crossings * sampleRate) / samples.length;
}

for (const sampleRate of [8000, 22_050, 48_000]) {
  for (const ratio of [0.5, 0.8, 0.97, 0.997, 1.004, 1.05, 1.3, 2]) {
    test(`a sine stretched by ${ratio} at ${sampleRate} Hz keeps pitch and level`, () => {
      for (const frequency of [90, 233, 1000]) {
        const tone = sine({ seconds: 1.5, sampleRate, amplitude: 0.5 }, frequency);
        const length = Math.round(tone.length * ratio);
        const stretched = timeStretch(tone, sampleRate, length);
        assert.equal(stretched.length, length);
        assertNear(pitchOf(stretched, sampleRate) / frequency, 1, 0.01);
        assertNear(levelDb(stretched), levelDb(tone), 0.5);
      }
    });
  }
}

test("noise and voice keep their level", () => {
  const sampleRate = 22_050;
  for (const ratio of [0.6, 0.8, 1.25, 1.8]) {
    for (const sound of [
      noise({ seconds: 1.5, sampleRate }),
      babble({ seconds: 1.5, sampleRate }),
    ]) {
      const stretched = timeStretch(sound, sampleRate, Math.round(sound.length * ratio));
      assertNear(levelDb(stretched), levelDb(sound), 1);
    }
  }
});

test("a chirp stays a chirp: its pitch rises all the way", () => {
  const sampleRate = 48_000;
  const chirp = Float32Array.from({ length: sampleRate }, (_, i) => {
    const time = i / sampleRate;
    return Math.sin(2 * Math.PI * (200 * time + 400 * time * time));
  });
  for (const ratio of [0.7, 1.4]) {
    const stretched = timeStretch(chirp, sampleRate, Math.round(ratio * sampleRate));
    for (const share of [0.15, 0.35, 0.55, 0.75, 0.85]) {
      const at = Math.round(share * stretched.length);
      const pitch = pitchOf(stretched.subarray(at - 2400, at + 2400), sampleRate);
      assertNear(pitch, 200 + 800 * share, 50);
    }
  }
});

test("two bursts keep their order and their distance in proportion", () => {
  const sampleRate = 22_050;
  const sound = noise({ seconds: 1, sampleRate, amplitude: 0.001 });
  const burst = (frequency: number) =>
    sine({ seconds: 0.05, sampleRate, amplitude: 0.8 }, frequency);
  sound.set(burst(1000), 4410);
  sound.set(burst(3000), 13_230);
  const stretched = timeStretch(sound, sampleRate, 27_562);
  const first = stretched.findIndex((x) => Math.abs(x) > 0.4);
  const second = stretched.findIndex((x, i) => i > first + 4410 && Math.abs(x) > 0.4);
  assertNear(first / sampleRate, 0.25, 0.02);
  assertNear(second / sampleRate, 0.75, 0.02);
  assertNear(pitchOf(stretched.subarray(first, first + 600), sampleRate), 1000, 60);
  assertNear(pitchOf(stretched.subarray(second, second + 600), sampleRate), 3000, 100);
});

test("the first and the last milliseconds are the input's own", () => {
  const sampleRate = 22_050;
  const sound = babble({ seconds: 0.8, sampleRate });
  for (const ratio of [0.75, 1.003, 1.2]) {
    const stretched = timeStretch(sound, sampleRate, Math.round(ratio * sound.length));
    assert.deepEqual(stretched.subarray(0, 220), sound.subarray(0, 220));
    assert.equal(stretched.at(-1), sound.at(-1));
  }
});

test("the same length gives a copy", () => {
  const sound = babble({ seconds: 0.5, sampleRate: 22_050 });
  const same = timeStretch(sound, 22_050, sound.length);
  assert.deepEqual(same, sound);
  assert.notEqual(same, sound);
});

test("lengths are exact for short and odd inputs too", () => {
  for (const length of [1, 2, 50, 63, 64, 200, 1001, 2500]) {
    const sound = noise({ seconds: length, sampleRate: 1, amplitude: 0.5 });
    for (const ratio of [0.5, 0.9, 0.999, 1.001, 1.5, 2]) {
      const target = Math.max(Math.ceil(length / 2), Math.round(length * ratio));
      const stretched = timeStretch(sound, 48_000, target);
      assert.equal(stretched.length, target);
      assert.ok(stretched.every((x) => Math.abs(x) <= 0.5));
    }
  }
});

test("silence stays silence", () => {
  assert.equal(rms(timeStretch(new Float32Array(30_000), 22_050, 40_000)), 0);
});

test("less than half, more than double and parts of a sample are refused", () => {
  const sound = new Float32Array(1000);
  for (const target of [499, 2001, 1000.5, Number.NaN]) {
    assert.throws(() => timeStretch(sound, 22_050, target), RangeError);
  }
});
