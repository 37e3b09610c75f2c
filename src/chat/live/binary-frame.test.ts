import assert from "node:assert/strict";
import test from "node:test";
import {
  type BinaryFrame,
  binaryFrame,
  HEADER_BYTES,
  pcm16,
  readBinaryFrame,
  samplesOfPcm16,
} from "./binary-frame.ts";

const FRAME: BinaryFrame = {
  ...{ kind: "fragment", epoch: 7, seq: 4_000_000_000, sampleRate: 0 },
  ...{ start: 3600.04, duration: 0.2, payload: Uint8Array.of(1, 2, 3) },
};

test("a frame is read as it was written", () => {
  assert.deepEqual(readBinaryFrame(binaryFrame(FRAME)), FRAME);
});

test("a frame's header has its numbers where the protocol says", () => {
  const header = binaryFrame({ ...FRAME, kind: "sound", sampleRate: 48_000, seq: 2, start: 1 });
  assert.equal(
    Buffer.from(header.subarray(0, HEADER_BYTES)).toString("hex"),
    "0104bb80" + "00000007" + "00000002" + "000f4240" + "00030d40",
  );
});

test("what is too short, or of another format or kind, is no frame", () => {
  const bytes = binaryFrame(FRAME);
  assert.equal(readBinaryFrame(bytes.subarray(0, HEADER_BYTES - 1)), null);
  assert.equal(readBinaryFrame(Uint8Array.of(2, ...bytes.subarray(1))), null);
  assert.equal(readBinaryFrame(Uint8Array.of(1, 9, ...bytes.subarray(2))), null);
});

test("samples survive 16 bits, and louder ones than there are do not wrap around", () => {
  const samples = samplesOfPcm16(pcm16(Float32Array.of(0, 0.5, -1, 1.5)));
  for (const [index, wanted] of [0, 0.5, -1, 1].entries()) {
    assert.ok(Math.abs((samples[index] ?? Number.NaN) - wanted) < 1e-4);
  }
});
