import assert from "node:assert/strict";
import test from "node:test";
import { type Audio, durationOf } from "../../domain/audio.ts";
import { createUtterances } from "./utterance.ts";

const RATE = 16_000;

/** A tone over a little noise, which is the same every time. */
function sound(seconds: number, amplitude: number, noise = 0.001): Float32Array {
  let seed = 1;
  return Float32Array.from({ length: Math.round(seconds * RATE) }, (_, at) => {
    seed = (seed * 16_807) % 2_147_483_647;
    const tone = amplitude * Math.sin((2 * Math.PI * 220 * at) / RATE);
    return tone + noise * ((2 * seed) / 2_147_483_647 - 1);
  });
}

function listen(parts: Float32Array[]): { begun: number; ended: Audio[] } {
  const heard = { begun: 0, ended: [] as Audio[] };
  const utterances = createUtterances({
    sampleRate: RATE,
    onBegin: () => {
      heard.begun += 1;
    },
    onEnd: (audio) => heard.ended.push(audio),
  });
  for (const part of parts) {
    for (let from = 0; from < part.length; from += 500)
      utterances.push(part.slice(from, from + 500));
  }
  return heard;
}

test("what is said between silences is one utterance each, with a little around it", () => {
  const { begun, ended } = listen([
    ...[sound(1, 0), sound(1.5, 0.2), sound(1, 0)],
    ...[sound(0.8, 0.2), sound(1, 0)],
  ]);
  assert.equal(begun, 2);
  const [first, second] = ended.map(durationOf);
  assert.ok(Math.abs((first ?? 0) - (0.3 + 1.5 + 0.7)) < 0.1, `${first}`);
  assert.ok(Math.abs((second ?? 0) - (0.3 + 0.8 + 0.7)) < 0.1, `${second}`);
});

test("a breath within a sentence does not end it", () => {
  const { ended } = listen([sound(1, 0), sound(1, 0.2), sound(0.4, 0), sound(1, 0.2), sound(1, 0)]);
  assert.equal(ended.length, 1);
});

test("a click and the noise of a room are no speech", () => {
  const { begun } = listen([sound(1, 0), sound(0.05, 0.5), sound(3, 0, 0.01)]);
  assert.equal(begun, 0);
});

test("who never stops is cut after half a minute", () => {
  const { ended } = listen([sound(0.5, 0), sound(35, 0.2)]);
  assert.equal(ended.length, 1);
  assert.ok(durationOf(ended[0] as Audio) <= 30.01); // there is one
});
