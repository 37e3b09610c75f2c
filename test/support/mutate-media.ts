import { seededRandom } from "../../src/signal/seeded-random.ts";

export type Mutation = { kind: Kind; bytes: Uint8Array };

type Kind = (typeof KINDS)[number];
const KINDS = [
  "bits",
  "truncated",
  "box size",
  "box type",
  "swapped",
  "inserted",
  "concatenated",
  "overwritten",
] as const;

/** A whole number from 0 to below `limit`. */
type Pick = (limit: number) => number;

const MAX_FLIPS = 200;
const MAX_JUNK_BYTES = 4096;

/**
 * Damaged copies of a media file, of every kind in turn; the same ones for the same seed.
 * @param seed A whole number.
 */
export function* mutations(base: Uint8Array, seed: number, count: number): Generator<Mutation> {
  const random = seededRandom(seed);
  const pick: Pick = (limit) => Math.floor(random() * limit);
  const boxes = boxPlaces(base);
  for (let i = 0; i < count; i++) {
    const kind = KINDS[i % KINDS.length] ?? "bits";
    yield { kind, bytes: mutate(kind, { base, boxes, pick }) };
  }
}

function mutate(
  kind: Kind,
  { base, boxes, pick }: { base: Uint8Array; boxes: number[]; pick: Pick },
): Uint8Array {
  const at = pick(base.length);
  switch (kind) {
    case "truncated":
      return base.slice(0, at);
    case "inserted":
      return joined(base.subarray(0, at), junk(pick), base.subarray(at));
    case "concatenated":
      return joined(base.subarray(0, at), base.subarray(pick(base.length)));
    case "swapped":
      return swapped(base, pick);
    case "bits":
      return changed(base, (bytes) => {
        // In the first kilobytes lie the headers of most containers.
        const reach = pick(2) === 0 ? Math.min(bytes.length, MAX_JUNK_BYTES) : bytes.length;
        for (let left = 1 + pick(MAX_FLIPS); left > 0; left--) {
          const place = pick(reach);
          bytes[place] = (bytes[place] ?? 0) ^ (1 << pick(8));
        }
      });
    case "overwritten":
      return changed(base, (bytes) => bytes.set(junk(pick).subarray(0, bytes.length - at), at));
    case "box size":
    case "box type":
      return changed(base, (bytes) => {
        const place = boxes[pick(boxes.length)] ?? at;
        const start = kind === "box size" ? place : place + 4;
        const sizes = [0, 1, 7, 0x7fffffff, 0xffffffff, pick(bytes.length), pick(2 ** 32)];
        const value = sizes[pick(sizes.length)] ?? 0;
        if (start + 4 <= bytes.length) new DataView(bytes.buffer).setUint32(start, value);
      });
  }
}

/** Where words of four letters stand behind a plausible length: the boxes of MP4 and alike, at any depth. */
function boxPlaces(base: Uint8Array): number[] {
  const view = new DataView(base.buffer, base.byteOffset, base.byteLength);
  const places: number[] = [];
  for (let at = 0; at + 8 <= base.length; at++) {
    const size = view.getUint32(at);
    const type = base.subarray(at + 4, at + 8);
    const isType = type.every((byte) => (byte >= 0x61 && byte <= 0x7a) || byte === 0x34);
    if (isType && size >= 8 && at + size <= base.length) places.push(at);
  }
  return places;
}

function changed(base: Uint8Array, change: (bytes: Uint8Array<ArrayBuffer>) => void): Uint8Array {
  const bytes = new Uint8Array(base);
  change(bytes);
  return bytes;
}

/** Two stretches of equal length change places. */
function swapped(base: Uint8Array, pick: Pick): Uint8Array {
  const half = Math.floor(base.length / 2);
  const length = 1 + pick(Math.min(half, MAX_JUNK_BYTES));
  const first = pick(half - length + 1);
  const second = half + pick(base.length - half - length + 1);
  return changed(base, (bytes) => {
    bytes.set(base.subarray(second, second + length), first);
    bytes.set(base.subarray(first, first + length), second);
  });
}

function junk(pick: Pick): Uint8Array {
  return Uint8Array.from({ length: 1 + pick(MAX_JUNK_BYTES) }, () => pick(256));
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
