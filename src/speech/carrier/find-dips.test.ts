import assert from "node:assert/strict";
import { test } from "node:test";
import { joined, sine } from "../../signal/test-signals.ts";
import { findDips } from "./find-dips.ts";

const SAMPLE_RATE = 16_000;
const tone = (seconds: number, amplitude: number) =>
  sine({ seconds, sampleRate: SAMPLE_RATE, amplitude }, 400);

test("a weak moment between two loud ones is found with its depth", () => {
  const samples = joined(tone(0.3, 0.4), tone(0.01, 0.04), tone(0.3, 0.2));
  const dips = findDips({ samples, sampleRate: SAMPLE_RATE });
  assert.equal(dips.length, 1);
  assert.ok(Math.abs((dips[0]?.start ?? 0) - 0.3) < 0.001);
  assert.ok(Math.abs((dips[0]?.depthDb ?? 0) - 14) < 0.5, "against the weaker side");
});

test("of weak moments close together the weakest counts", () => {
  const samples = joined(
    ...[tone(0.3, 0.4), tone(0.01, 0.08), tone(0.02, 0.4), tone(0.01, 0.02), tone(0.3, 0.4)],
  );
  const dips = findDips({ samples, sampleRate: SAMPLE_RATE });
  assert.deepEqual(
    dips.map(({ start }) => Number(start.toFixed(2))),
    [0.33],
  );
});

test("a steady tone, one that fades away and silence have no dips", () => {
  const fading = tone(0.5, 0.5).map((sample, i, all) => sample * (1 - i / all.length));
  for (const samples of [tone(0.5, 0.3), fading, new Float32Array(8000), new Float32Array(0)]) {
    assert.deepEqual(findDips({ samples, sampleRate: SAMPLE_RATE }), []);
  }
});
