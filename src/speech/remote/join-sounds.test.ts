import assert from "node:assert/strict";
import { test } from "node:test";
import type { PartEnd } from "../text/split-text.ts";
import { joinSounds, type SoundPart } from "./join-sounds.ts";

const RATE = 16_000;

/** A tone of `level` with silence around it, seconds. */
function part(lead: number, seconds: number, tail: number, end: PartEnd = "sentence"): SoundPart {
  const samples = new Float32Array(Math.round((lead + seconds + tail) * RATE));
  const from = Math.round(lead * RATE);
  for (let i = 0; i < Math.round(seconds * RATE); i++) samples[from + i] = 0.5 * Math.sin(i / 5);
  return { audio: { samples, sampleRate: RATE }, end };
}

/** Seconds of silence and sound in turn, silence first. */
function stretches(samples: Float32Array): number[] {
  const lengths = [0];
  let loud = false;
  let quiet = 0;
  for (const sample of samples) {
    // A sine crosses zero, so silence is what lasts.
    quiet = Math.abs(sample) < 0.004 ? quiet + 1 : 0;
    const now: boolean = quiet < 80 && (loud || quiet === 0);
    if (now !== loud) lengths.push(0);
    loud = now;
    lengths.push((lengths.pop() ?? 0) + 1 / RATE);
  }
  return lengths;
}

function assertStretches(parts: SoundPart[], expected: number[]): void {
  const { samples } = joinSounds(parts, "Acme");
  const found = stretches(samples);
  const shown = `${found.map((seconds) => seconds.toFixed(3))}, expected ${expected}`;
  assert.equal(found.length, expected.length, shown);
  // What is quiet for less than 5 ms counts as sound, and a trimmed part keeps 5 to 10 ms more.
  for (const [index, seconds] of found.entries()) {
    assert.ok(Math.abs(seconds - (expected[index] ?? 0)) < 0.012, shown);
  }
}

test("one part stays as it is", () => {
  const one = part(0.3, 0.5, 0.2);
  assert.deepEqual(joinSounds([one], "Acme"), one.audio);
});

test("long silence between sentences becomes a reader's pause, and that around them stays", () => {
  const parts = [part(0.3, 0.5, 0.6), part(0.5, 0.4, 0.7)];
  assertStretches(parts, [0.3, 0.5, 0.4, 0.4, 0.7]);
});

test("short silence between sentences is lengthened", () => {
  assertStretches([part(0, 0.5, 0.01), part(0.02, 0.4, 0)], [0, 0.5, 0.4, 0.4]);
});

test("the pause is shorter behind a comma, and next to none between words", () => {
  const parts = [part(0.2, 0.5, 0.2, "clause"), part(0.2, 0.5, 0.2, "word"), part(0.2, 0.5, 0.2)];
  assertStretches(parts, [0.2, 0.5, 0.2, 0.5, 0.03, 0.5, 0.2]);
});

test("where a word was cut its parts follow at once", () => {
  const { samples } = joinSounds([part(0.2, 0.5, 0.2, "cut"), part(0.2, 0.5, 0.2)], "Acme");
  assert.ok(Math.abs(samples.length / RATE - 1.4) < 0.03, `${samples.length / RATE} s`);
});

test("noise that is cut is faded, so that it does not click", () => {
  const noisy = (end: PartEnd) => {
    const { audio } = part(0.3, 0.5, 0.3);
    const samples = audio.samples.map((sample, i) => sample + (i % 2 === 0 ? 0.002 : -0.002));
    return { audio: { ...audio, samples }, end };
  };
  const { samples } = joinSounds([noisy("sentence"), noisy("sentence")], "Acme");
  const loudest = (from: number) => Math.max(...samples.slice(from, from + 24).map(Math.abs));
  const joint = Math.round((0.3 + 0.5 + 0.2) * RATE);
  const around = Array.from({ length: 640 }, (_, i) => loudest(joint - 320 + i));
  assert.ok(Math.min(...around) < 0.0004, "it falls to nothing and rises where silence was cut");
  assert.ok(loudest(joint - 640) > 0.0015 && loudest(joint + 640) > 0.0015, "and only there");
});

test("a silent part keeps its length", () => {
  const silent = {
    audio: { samples: new Float32Array(RATE), sampleRate: RATE },
    end: "word" as const,
  };
  const { samples } = joinSounds([part(0, 0.5, 0, "cut"), silent, part(0, 0.5, 0)], "Acme");
  assert.ok(Math.abs(samples.length / RATE - 2.03) < 0.02, `${samples.length / RATE} s`);
});

test("parts of different rates are refused", () => {
  const other = { ...part(0, 1, 0), audio: { samples: new Float32Array(9), sampleRate: 8000 } };
  assert.throws(() => joinSounds([part(0, 1, 0), other], "Acme"), {
    code: "SPEECH_FAILED",
    message: /Acme sent one part of a text at 16000 Hz and another at 8000 Hz/,
  });
});
