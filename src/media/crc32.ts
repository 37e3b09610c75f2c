import { crc32 as updateCrc } from "node:zlib";

/**
 * CRC-32 arithmetic (IEEE 802.3, reflected polynomial 0xEDB88320) on the CRCs of parts, without
 * their bytes. A CRC is a polynomial over GF(2); appending n zero bytes multiplies it by x^(8n).
 * Source: M. Adler, crc32_combine in zlib 1.2.12 and later (multiplication by squaring).
 */
const POLYNOMIAL = 0xedb88320;

/** x^(2^k) modulo the polynomial, k = 0..31; the exponent repeats after 2^32 − 1. */
const POWERS_OF_X = (() => {
  const table = new Uint32Array(32);
  let power = 0x40000000; // x^1, bit-reflected
  for (let k = 0; k < 32; k++) {
    table[k] = power;
    power = multiply(power, power);
  }
  return table;
})();

function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let mask = 0x80000000; mask !== 0; mask >>>= 1) {
    if (a & mask) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
  }
  return product >>> 0;
}

/** `crc` as it stands after `length` more bytes whose own CRC is left out. */
function advance(crc: number, length: number): number {
  let factor = 0x80000000; // x^0
  let bytes = length;
  for (let k = 3; bytes > 0; k = (k + 1) % 32) {
    if (bytes % 2 === 1) factor = multiply(POWERS_OF_X[k] ?? 0, factor);
    bytes = Math.floor(bytes / 2);
  }
  return multiply(factor, crc);
}

export function crc32(bytes: Uint8Array, previous = 0): number {
  return updateCrc(bytes, previous);
}

/** The CRC of A followed by B, from the CRCs of both and B's length in bytes. */
export function appendCrc(crcOfA: number, crcOfB: number, lengthOfB: number): number {
  return (advance(crcOfA, lengthOfB) ^ crcOfB) >>> 0;
}

/** The CRC of B alone, from the CRC of A, that of A followed by B, and B's length in bytes. */
export function removePrefixCrc(crcOfA: number, crcOfBoth: number, lengthOfB: number): number {
  return (advance(crcOfA, lengthOfB) ^ crcOfBoth) >>> 0;
}
