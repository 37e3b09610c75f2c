import assert from "node:assert/strict";
import { test } from "node:test";
import { createToneFinder, growTone } from "./room-tone.ts";
import { seededRandom } from "./seeded-random.ts";
import { assertNear, babble, joined, noise, pieces, rms, silence } from "./test-signals.ts";

const sampleRate = 48_000;
const speech = babble({ seconds: 3, sampleRate });

function find(samples: Float32Array, seconds?: number) {
  const finder = createToneFinder(sampleRate, seconds);
  for (const piece of pieces(samples)) finder.push(piece);
  return finder.finish();
}

function plus(a: Float32Array, b: Float32Array) {
  return a.map((x, i) => x + (b[i] ?? 0));
}

test("the tone is taken from a pause, not from speech", () => {
  const room = noise({ seconds: 7, sampleRate, amplitude: 0.002 });
  const pause = silence({ seconds: 0.5, sampleRate });
  const tone = find(plus(room, joined(speech, pause, speech, pause)));
  assert.equal(tone.length, 0.12 * sampleRate);
  assertNear(20 * Math.log10(rms(tone) / rms(room)), 0, 1);
});

test("a gap of digital silence in a recording is not its room", () => {
  const recording = plus(
    joined(speech, silence({ seconds: 0.6, sampleRate }), speech),
    noise({ seconds: 6.6, sampleRate, amplitude: 0.002 }),
  );
  const tone = find(joined(silence({ seconds: 0.3, sampleRate }), recording));
  assertNear(rms(tone), 0.002 / Math.sqrt(3), 0.0003);
});

test("where the pauses are digital silence, so is the tone", () => {
  const pause = silence({ seconds: 0.5, sampleRate });
  const tone = find(joined(speech, pause, speech, pause));
  assert.equal(tone.length, 0.12 * sampleRate);
  assert.equal(rms(tone), 0);
});

test("the quietest pause is the room although others are louder and it is short", () => {
  // Real noise is less even than white noise: its 10 ms differ by several dB.
  const uneven = joined(
    ...Array.from({ length: 10 }, (_, i) => {
      const amplitude = 0.0002 * (0.8 + (0.7 * ((i * 2) % 5)) / 4);
      return noise({ seconds: 0.04, sampleRate, amplitude }, i + 1);
    }),
  );
  const breath = noise({ seconds: 0.5, sampleRate, amplitude: 0.002 });
  const tone = find(joined(uneven, speech, breath, speech, breath, speech));
  assert.ok(rms(tone) < 0.0003, `the tone is at ${rms(tone)}`);
});

test("a fade below the room's own noise is passed over", () => {
  const room = noise({ seconds: 6, sampleRate, amplitude: 0.003 });
  const faded = noise({ seconds: 0.13, sampleRate, amplitude: 0.0003 });
  const recording = joined(plus(room, joined(speech, speech)), faded);
  assert.ok(rms(find(recording)) > 0.001);
});

test("less sound than a stretch is given back as it is", () => {
  const short = noise({ seconds: 0.05, sampleRate });
  assert.deepEqual(find(short), short);
  assert.equal(find(new Float32Array(0)).length, 0);
});

test("grown tone is as loud as its seed, evenly so", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const room = noise({ seconds: 0.12, sampleRate, amplitude: 0.01 }, seed);
    const tone = growTone(room, 2 * sampleRate, seededRandom(seed));
    assert.equal(tone.length, 2 * sampleRate);
    assertNear(20 * Math.log10(rms(tone) / rms(room)), 0, 0.1);
    for (let at = 0; at < tone.length; at += 2400) {
      assertNear(20 * Math.log10(rms(tone.subarray(at, at + 2400)) / rms(room)), 0, 2);
    }
  }
});

test("grains that would go on from one another do not add up", () => {
  const seed = noise({ seconds: 0.12, sampleRate, amplitude: 0.01 });
  let turn = 0;
  // Every second grain is drawn exactly where the one before it stands by then.
  const tone = growTone(seed, sampleRate, () => (turn++ % 2 === 0 ? 0 : 0.5));
  for (let at = 0; at + 1440 <= tone.length; at += 1440) {
    const level = 20 * Math.log10(rms(tone.subarray(at, at + 1440)) / rms(seed));
    assertNear(level, 0, 0.8);
  }
});

test("grown tone has no period", () => {
  const seed = noise({ seconds: 0.12, sampleRate: 8000, amplitude: 0.01 });
  const tone = growTone(seed, 16_000, seededRandom(11));
  let energy = 0;
  for (const x of tone) energy += x * x;
  for (let lag = 80; lag < 8000; lag++) {
    let product = 0;
    for (let i = lag; i < tone.length; i++) product += (tone[i] ?? 0) * (tone[i - lag] ?? 0);
    assert.ok(Math.abs(product / energy) < 0.3, `lag ${lag}: ${product / energy}`);
  }
});

test("a silent or empty seed grows into silence", () => {
  assert.equal(rms(growTone(new Float32Array(5760), 1000, seededRandom(1))), 0);
  assert.equal(growTone(new Float32Array(0), 1000, seededRandom(1)).length, 1000);
  assert.equal(growTone(new Float32Array(5760), 0, seededRandom(1)).length, 0);
});
