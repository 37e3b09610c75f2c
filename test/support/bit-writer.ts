export type BitWriter = {
  /** The lowest `count` bits of `value`, highest first; at most 31. */
  put(value: number, count: number): void;
  readonly length: number;
  /** Filled up with zeros to whole bytes. */
  bytes(): Buffer;
};

export function createBitWriter(): BitWriter {
  const bits: number[] = [];
  return {
    put(value, count) {
      for (let bit = count - 1; bit >= 0; bit--) bits.push((value >> bit) & 1);
    },
    get length() {
      return bits.length;
    },
    bytes() {
      const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
      for (const [i, bit] of bits.entries()) {
        bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (bit << (7 - (i & 7)));
      }
      return bytes;
    },
  };
}
