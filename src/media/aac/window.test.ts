import assert from "node:assert/strict";
import { test } from "node:test";
import { createBitWriter } from "../../../test/support/bit-writer.ts";
import { noise, sine } from "../../signal/test-signals.ts";
import { encodeAudio } from "../libav/audio-encoder.ts";
import { type AacWindow, canSwitchAfter, readAacWindow } from "./window.ts";

type Bits = readonly [value: number, bits: number];

function packet(...fields: Bits[]): Buffer {
  const writer = createBitWriter();
  for (const [value, bits] of fields) writer.put(value, bits);
  return Buffer.concat([writer.bytes(), Buffer.alloc(8)]);
}

/** ISO/IEC 14496-3, tables 4.4.24 (ics_info) and 4.57 (fill_element). */
const single = (sequence: number, shape: number): Bits[] => [
  ...([
    [0, 3],
    [3, 4],
    [140, 8],
    [0, 1],
    [sequence, 2],
    [shape, 1],
  ] as const),
];
const pair = (sequence: number, shape: number): Bits[] => [
  ...([
    [1, 3],
    [5, 4],
    [1, 1],
    [0, 1],
    [sequence, 2],
    [shape, 1],
  ] as const),
];
const separatePair = (sequence: number, shape: number): Bits[] => [
  ...([
    [1, 3],
    [0, 4],
    [0, 1],
    [99, 8],
    [0, 1],
    [sequence, 2],
    [shape, 1],
  ] as const),
];
const fill = (bytes: number): Bits[] => [
  [6, 3],
  ...(bytes < 15
    ? ([[bytes, 4]] as const)
    : ([
        [15, 4],
        [bytes - 14, 8],
      ] as const)),
  ...Array.from({ length: bytes }, () => [0xff, 8] as const),
];

test("windows are read from one channel, from a pair that shares them, and from one that does not", () => {
  for (const sequence of [0, 1, 2, 3]) {
    for (const shape of [0, 1]) {
      const window = { sequence, shape };
      assert.deepEqual(readAacWindow(packet(...single(sequence, shape))), {
        ...window,
        common: true,
      });
      assert.deepEqual(readAacWindow(packet(...pair(sequence, shape))), {
        ...window,
        common: true,
      });
      const apart = readAacWindow(packet(...separatePair(sequence, shape)));
      assert.deepEqual(apart, { ...window, common: false });
    }
  }
});

test("fill elements of any length in front are passed over", () => {
  for (const bytes of [0, 1, 14, 15, 100, 269]) {
    const found = readAacWindow(packet(...fill(bytes), ...fill(3), ...pair(2, 1)));
    assert.deepEqual(found, { sequence: 2, shape: 1, common: true }, `${bytes} bytes`);
  }
});

test("a packet that begins otherwise, is empty or only filled has no windows", () => {
  for (const element of [2, 3, 4, 5, 7]) assert.equal(readAacWindow(packet([element, 3])), null);
  assert.equal(readAacWindow(Buffer.alloc(0)), null);
  const filled = createBitWriter();
  for (const [value, bits] of fill(269)) filled.put(value, bits);
  assert.equal(readAacWindow(filled.bytes().subarray(0, 20)), null);
});

/** A steady tone with one sudden burst in the middle, which makes an encoder switch blocks. */
function tonesWithBurst(channels: number): Float32Array[] {
  const tone = sine({ seconds: 1, sampleRate: 48_000, amplitude: 0.05 }, 300);
  tone.set(noise({ seconds: 0.01, sampleRate: 48_000, amplitude: 0.9 }), 24_000);
  return Array.from({ length: channels }, () => tone);
}

for (const channels of [1, 2]) {
  test(`what a real encoder does to a burst is read from its packets, ${channels} channels`, () => {
    const options = { codec: "aac", sampleRate: 48_000, channels, bitRate: 128_000 } as const;
    const windows = encodeAudio(tonesWithBurst(channels), options).map(readAacWindow);
    assert.ok(windows.every((window) => window !== null));
    const sequences = windows.map((window) => window?.sequence ?? -1);
    const short = sequences.indexOf(2);
    assert.ok(Math.abs(short - 24) <= 2, `short blocks at ${short}`);
    // The standard's order: long, start, short …, stop, long.
    const allowed = new Set(["00", "01", "12", "22", "23", "30", "31"]);
    sequences.slice(1).forEach((sequence, i) => {
      assert.ok(allowed.has(`${sequences[i]}${sequence}`), `${sequences[i]} then ${sequence}`);
    });
  });
}

test("a stream may switch only where both windows are alike, so that they end alike", () => {
  const window = (sequence: number, shape = 1, common = true): AacWindow => ({
    sequence,
    shape,
    common,
  });
  for (const sequence of [0, 1, 2, 3]) {
    assert.equal(canSwitchAfter(window(sequence), window(sequence)), true);
    assert.equal(canSwitchAfter(window(sequence, 0), window(sequence, 1)), false);
    assert.equal(canSwitchAfter(window(sequence), window(sequence, 1, false)), false);
    assert.equal(canSwitchAfter(window(sequence), null), false);
    assert.equal(canSwitchAfter(null, window(sequence)), false);
  }
  assert.equal(canSwitchAfter(window(0), window(3)), false);
  assert.equal(canSwitchAfter(window(0), window(1)), false);
  assert.equal(canSwitchAfter(window(1), window(2)), false);
});
