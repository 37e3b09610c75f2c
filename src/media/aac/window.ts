/** The transform windows of an AAC-LC packet's first channel (ISO/IEC 14496-3 §4.4.2.1). */
export type AacWindow = {
  /** 0 long, 1 long start, 2 eight short, 3 long stop. */
  sequence: number;
  /** 0 sine, 1 Kaiser–Bessel derived. */
  shape: number;
  /** Of a channel pair: whether both channels share these windows. */
  common: boolean;
};

const SINGLE_CHANNEL = 0;
const CHANNEL_PAIR = 1;
const FILL = 6;
const EXTENDED_FILL_COUNT = 15;

/** Reads the first windows out of a raw AAC packet; null when it begins with another element. */
export function readAacWindow(packet: Uint8Array): AacWindow | null {
  let bit = 0;
  const read = (bits: number): number => {
    let value = 0;
    for (let i = 0; i < bits; i++, bit++) {
      value = (value << 1) | (((packet[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
    }
    return value;
  };
  while (bit < packet.length * 8) {
    const element = read(3);
    if (element === FILL) {
      let count = read(4);
      if (count === EXTENDED_FILL_COUNT) count += read(8) - 1;
      bit += 8 * count;
    } else if (element === SINGLE_CHANNEL) {
      read(4 + 8 + 1); // instance tag, global gain, reserved
      return { sequence: read(2), shape: read(1), common: true };
    } else if (element === CHANNEL_PAIR) {
      read(4);
      const common = read(1) === 1;
      if (!common) read(8);
      read(1);
      return { sequence: read(2), shape: read(1), common };
    } else return null;
  }
  return null;
}

/**
 * Whether a stream may switch after frame k from one encoding of a sound to another, given both
 * encodings' windows of frame k. The right half of frame k overlaps with the left half of frame k+1,
 * whose form follows from frame k of its own encoding: only where both encodings have the same form
 * there does the transform's aliasing cancel; anything else clicks. Equal sequences end alike, short
 * blocks as well as long ones, and keep the noise alike, too.
 */
export function canSwitchAfter(from: AacWindow | null, to: AacWindow | null): boolean {
  if (!from || !to || !from.common || !to.common) return false;
  return from.sequence === to.sequence && from.shape === to.shape;
}
