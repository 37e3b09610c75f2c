import assert from "node:assert/strict";
import { test } from "node:test";
import { appendCrc, crc32, removePrefixCrc } from "./crc32.ts";

const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7919 + (i >> 5)) & 255);

test("the CRC of two parts is that of the whole, for any split", () => {
  const whole = crc32(bytes);
  for (const at of [0, 1, 2, 255, 4096, 65_535, 99_999, 100_000]) {
    const [a, b] = [bytes.subarray(0, at), bytes.subarray(at)];
    assert.equal(appendCrc(crc32(a), crc32(b), b.length), whole);
    assert.equal(removePrefixCrc(crc32(a), whole, b.length), crc32(b));
  }
});

test("parts of more than 4 GB are combined without their bytes", () => {
  // Appending zeros step by step must agree with appending them at once.
  const piece = 2 ** 31;
  const zeros = (length: number): number => {
    if (length === 1) return crc32(new Uint8Array(1));
    const half = zeros(length / 2);
    return appendCrc(half, half, length / 2);
  };
  const start = crc32(bytes);
  let stepwise = start;
  for (let i = 0; i < 5; i++) stepwise = appendCrc(stepwise, zeros(piece), piece);
  let zeros5 = zeros(piece);
  for (let i = 1; i < 5; i++) zeros5 = appendCrc(zeros5, zeros(piece), piece);
  assert.equal(appendCrc(start, zeros5, 5 * piece), stepwise);
});
