import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { decodeSound } from "../../../test/support/read-media.ts";
import { noise, sine } from "../../signal/test-signals.ts";
import { encodeAudio } from "../libav/audio-encoder.ts";
import {
  canSwitchAfter,
  infoFrame,
  MP3_DELAY,
  type Mp3Frame,
  readFrame,
  readHeader,
} from "./frame.ts";

const FORMATS = [
  { sampleRate: 48_000, channels: 2, bitRate: 160_000, frameLength: 1152 },
  { sampleRate: 44_100, channels: 2, bitRate: 160_000, frameLength: 1152 },
  { sampleRate: 32_000, channels: 1, bitRate: 96_000, frameLength: 1152 },
  { sampleRate: 24_000, channels: 1, bitRate: 64_000, frameLength: 576 },
  { sampleRate: 22_050, channels: 2, bitRate: 96_000, frameLength: 576 },
];

type Format = (typeof FORMATS)[number];

/** A steady tone with a sudden burst in the middle. */
function encoded({ sampleRate, channels, bitRate }: Format) {
  const tone = sine({ seconds: 1, sampleRate, amplitude: 0.1 }, 300);
  tone.set(noise({ seconds: 0.01, sampleRate, amplitude: 0.9 }), sampleRate / 2);
  const planes = Array.from({ length: channels }, () => tone);
  return {
    tone,
    frames: encodeAudio(planes, { codec: "libmp3lame", sampleRate, channels, bitRate }),
  };
}

for (const format of FORMATS) {
  const title = `${format.sampleRate} Hz, ${format.channels} channels`;

  test(`${title}: a header tells what the encoder was asked for, and the frame's true size`, () => {
    for (const frame of encoded(format).frames) {
      assert.deepEqual(readHeader(frame), {
        mpeg1: format.frameLength === 1152,
        mono: format.channels === 1,
        sampleRate: format.sampleRate,
        bitRate: format.bitRate,
        sizeBytes: frame.length,
      });
    }
  });

  test(`${title}: frames borrow nothing, and short blocks are seen where the burst is`, () => {
    const { frames } = encoded(format);
    const read = frames.map(readFrame);
    assert.ok(read.every((frame) => frame?.reservoirBytes === 0));
    assert.ok(read.every((frame) => frame?.lastBlocks.length === format.channels));
    const burst = (format.sampleRate / 2 + MP3_DELAY) / format.frameLength;
    const switched = read.flatMap((frame, i) => (frame?.lastBlocks.some(Boolean) ? [i] : []));
    assert.ok(
      switched.some((i) => Math.abs(i - burst) <= 2),
      `${switched} around ${burst}`,
    );
  });

  test(`${title}: behind an info frame a decoder gives exactly the samples that were encoded`, async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), "mp3-frame-test-"));
    t.after(() => rm(folder, { recursive: true }));
    const { tone, frames } = encoded(format);
    const [first] = frames;
    assert.ok(first);
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    const endPadding = frames.length * format.frameLength - MP3_DELAY - tone.length;
    const info = infoFrame(first, { frames: frames.length, bytes, endPadding });
    assert.deepEqual(readHeader(info)?.sizeBytes, info.length);
    const file = path.join(folder, "sound.mp3");
    await writeFile(file, Buffer.concat([info, ...frames]));
    const heard = decodeSound(file).samples;
    assert.equal(heard.length, tone.length);
    // LAME lowers everything by 5 %.
    for (let i = 2000; i < 8000; i++) {
      assert.ok(Math.abs((heard[i] ?? 0) - 0.95 * (tone[i] ?? 0)) < 0.02, `sample ${i}`);
    }
  });
}

test("what is no Layer III frame has no header", () => {
  const valid = [0xff, 0xfb, 0x90, 0x64];
  assert.ok(readHeader(Uint8Array.from(valid)));
  for (const [index, value, what] of [
    [0, 0xfe, "no sync"],
    [1, 0x1b, "half a sync"],
    [1, 0xeb, "a reserved version"],
    [1, 0xfd, "Layer II"],
    [2, 0x00, "a free bit rate"],
    [2, 0xf0, "a forbidden bit rate"],
    [2, 0x9c, "a reserved sample rate"],
  ] as const) {
    assert.equal(readHeader(Uint8Array.from(valid.with(index, value))), null, what);
  }
  assert.equal(readHeader(new Uint8Array()), null);
  assert.equal(readFrame(Buffer.from("ID3\u0004")), null);
  assert.throws(() => infoFrame(Buffer.alloc(4), { frames: 1, bytes: 1, endPadding: 0 }), /MP3/);
});

test("a stream may switch where the blocks are alike and no frame borrows", () => {
  const frame = (lastBlocks: number[], reservoirBytes = 0): Mp3Frame => ({
    lastBlocks,
    reservoirBytes,
  });
  assert.equal(canSwitchAfter(frame([0, 2]), frame([0, 2])), true);
  assert.equal(canSwitchAfter(frame([0, 2]), frame([0, 0])), false);
  assert.equal(canSwitchAfter(frame([0], 1), frame([0])), false);
  assert.equal(canSwitchAfter(frame([0]), frame([0], 1)), false);
  assert.equal(canSwitchAfter(null, frame([0])), false);
  assert.equal(canSwitchAfter(frame([0]), null), false);
});
