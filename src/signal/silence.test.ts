import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "./seeded-random.ts";
import { createSilenceDetector, type SilenceOptions, speechSegments } from "./silence.ts";
import { assertNear, joined, noise, silence } from "./test-signals.ts";

const sampleRate = 48_000;
const usual = { sampleRate, channels: 1, thresholdDb: -40, minSilenceSeconds: 0.2 };

function detect(channels: Float32Array[], options: SilenceOptions, piece = 1000) {
  const detector = createSilenceDetector(options);
  for (let at = 0; at < (channels[0]?.length ?? 0); at += piece) {
    detector.push(channels.map((channel) => channel.subarray(at, at + piece)));
  }
  return detector.finish();
}

/** What FFmpeg's silencedetect does with mono=0, sample by sample over the interleaved samples. */
function silencedetect(channels: Float32Array[], options: SilenceOptions) {
  const threshold = 10 ** (options.thresholdDb / 20);
  const needed = Math.round(options.minSilenceSeconds * options.sampleRate) * channels.length;
  const found: { start: number; end: number }[] = [];
  let quiet = 0;
  let start = -1;
  const length = channels[0]?.length ?? 0;
  for (let i = 0; i < length * channels.length; i++) {
    const at = Math.floor(i / channels.length);
    if (Math.abs(channels[i % channels.length]?.[at] ?? 0) < threshold) {
      if (start < 0 && ++quiet >= needed) start = at + 1 - needed / channels.length;
    } else {
      if (start >= 0) found.push({ start: start / sampleRate, end: at / sampleRate });
      quiet = 0;
      start = -1;
    }
  }
  if (start >= 0) found.push({ start: start / sampleRate, end: length / sampleRate });
  return found;
}

test("a pause between two tones is found at its true position", () => {
  const tone = noise({ seconds: 1, sampleRate, amplitude: 0.5 });
  const [pause, ...others] = detect(
    [joined(tone, silence({ seconds: 0.4, sampleRate }), tone)],
    usual,
  );
  assertNear(pause?.start ?? 0, 1, 0.001);
  assertNear(pause?.end ?? 0, 1.4, 0.001);
  assert.deepEqual(others, []);
});

test("without click tolerance the silences are those of FFmpeg's silencedetect", () => {
  const random = seededRandom(5);
  const channels = [0, 1].map((seed) => noise({ seconds: 20, sampleRate, amplitude: 0.004 }, seed));
  for (let i = 0; i < 60; i++) {
    const channel = channels[i % 2];
    const from = Math.floor(random() * 20 * sampleRate);
    channel?.set(
      noise({ seconds: 0.3, sampleRate, amplitude: 0.5 }, i).subarray(0, 960_000 - from),
      from,
    );
  }
  for (const minSilenceSeconds of [0.01, 0.1, 0.25]) {
    const options = { ...usual, channels: 2, minSilenceSeconds, maxClickSeconds: 0 };
    const expected = silencedetect(channels, options);
    assert.ok(expected.length > 10);
    assert.deepEqual(detect(channels, options), expected);
  }
});

test("a moment is quiet only when all channels are", () => {
  const left = joined(noise({ seconds: 1, sampleRate }), silence({ seconds: 1, sampleRate }));
  const right = joined(silence({ seconds: 1.5, sampleRate }), noise({ seconds: 0.5, sampleRate }));
  const [pause, ...others] = detect([left, right], { ...usual, channels: 2 });
  assertNear(pause?.start ?? 0, 1, 0.001);
  assertNear(pause?.end ?? 0, 1.5, 0.001);
  assert.deepEqual(others, []);
});

test("a click does not end a pause, a longer sound does", () => {
  const speech = noise({ seconds: 0.5, sampleRate, amplitude: 0.5 });
  const quiet = silence({ seconds: 0.15, sampleRate });
  const withSound = (seconds: number) =>
    joined(speech, quiet, noise({ seconds, sampleRate }), quiet, speech);
  const [pause, ...others] = detect([withSound(0.005)], usual);
  assertNear(pause?.start ?? 0, 0.5, 0.001);
  assertNear(pause?.end ?? 0, 0.805, 0.001);
  assert.deepEqual(others, []);
  assert.deepEqual(detect([withSound(0.04)], usual), []);
  assert.deepEqual(detect([withSound(0.005)], { ...usual, maxClickSeconds: 0 }), []);
});

test("a low voice whose pulses stand apart is no pause full of clicks", () => {
  const voice = new Float32Array(2 * sampleRate);
  for (let i = 0; i < voice.length; i += sampleRate / 25) voice[i] = 0.8;
  assert.deepEqual(detect([voice], usual), []);
  const gaps = detect([voice], { ...usual, minSilenceSeconds: 0.03 });
  assert.equal(gaps.length, 50);
  assert.ok(gaps.every((gap) => gap.end - gap.start < 0.0401));
});

test("a sound right after speech belongs to the speech", () => {
  const speech = noise({ seconds: 0.5, sampleRate, amplitude: 0.5 });
  const closure = silence({ seconds: 0.06, sampleRate });
  const plosive = noise({ seconds: 0.01, sampleRate, amplitude: 0.2 });
  const quiet = silence({ seconds: 0.5, sampleRate });
  const [pause] = detect([joined(speech, closure, plosive, quiet, speech)], usual);
  assertNear(pause?.start ?? 0, 0.57, 0.001);
});

test("a silent stream is one silence, an empty one none", () => {
  const quiet = silence({ seconds: 1.5, sampleRate });
  assert.deepEqual(detect([quiet], usual), [{ start: 0, end: 1.5 }]);
  assert.deepEqual(detect([new Float32Array(0)], usual), []);
  assert.throws(() => detect([quiet, quiet], usual), RangeError);
});

test("speech is what lies between the silences", () => {
  const silences = [
    { start: 0, end: 0.5 },
    { start: 1, end: 1.2 },
    { start: 1.25, end: 2 },
  ];
  assert.deepEqual(speechSegments(silences, 3), [
    { start: 0.5, end: 1 },
    { start: 1.2, end: 1.25 },
    { start: 2, end: 3 },
  ]);
  assert.deepEqual(speechSegments(silences, 3, 0.1), [
    { start: 0.5, end: 1 },
    { start: 2, end: 3 },
  ]);
  assert.deepEqual(speechSegments([], 3), [{ start: 0, end: 3 }]);
  assert.deepEqual(speechSegments([{ start: 0, end: 3 }], 3), []);
});
