import { NAL, nalType } from "./nal-units.ts";

/** A sequence and a picture parameter set that belong together, as NAL units. */
export type ParameterSets = { sps: Buffer; pps: Buffer };

/** What the configuration record of an MP4 (ISO/IEC 14496-15, 5.3.3.1) says. */
export type AvcConfiguration = {
  /** Bytes of the length before each NAL unit. */
  lengthBytes: number;
  sps: Buffer[];
  pps: Buffer[];
};

const HEADER_BYTES = 5;
const HIGH = 100;
/** Profiles whose record goes on behind the parameter sets. */
const EXTENDED_PROFILES = [100, 110, 122, 144];
/** 4:2:0, 8 bit for luma and chroma, no further parameter sets, with the reserved bits set. */
const EXTENSION = Buffer.from([0xfd, 0xf8, 0xf8, 0]);

/** Null when the record is cut short. */
export function readConfiguration(avcC: Buffer): AvcConfiguration | null {
  if (avcC.length < HEADER_BYTES + 2 || avcC[0] !== 1) return null;
  const lengthBytes = ((avcC[4] ?? 0) & 3) + 1;
  let at = HEADER_BYTES;
  const readUnits = (mask: number): Buffer[] | null => {
    const count = (avcC[at++] ?? 0) & mask;
    const units: Buffer[] = [];
    for (let i = 0; i < count; i++) {
      if (at + 2 > avcC.length) return null;
      const end = at + 2 + avcC.readUInt16BE(at);
      if (end > avcC.length) return null;
      units.push(avcC.subarray(at + 2, end));
      at = end;
    }
    return units;
  };
  const sps = readUnits(31);
  const pps = sps && at < avcC.length ? readUnits(255) : null;
  return sps && pps ? { lengthBytes, sps, pps } : null;
}

/** The record with further parameter sets; its profile and level are what all of them need. */
export function addParameterSets(avcC: Buffer, added: ParameterSets): Buffer {
  const known = readConfiguration(avcC);
  if (!known) throw new Error("the configuration was read before");
  const header = Buffer.from(avcC.subarray(0, HEADER_BYTES));
  const [, profile = 0, compatibility = 0, level = 0] = added.sps;
  if ((header[1] ?? 0) < HIGH) {
    header[1] = profile;
    header[2] = compatibility;
  }
  header[3] = Math.max(header[3] ?? 0, level);
  const listed = (units: Buffer[]) =>
    units.flatMap((unit) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(unit.length);
      return [length, unit];
    });
  const sps = [...known.sps, added.sps];
  const pps = [...known.pps, added.pps];
  return Buffer.concat([
    header,
    Buffer.from([0xe0 | sps.length]),
    ...listed(sps),
    Buffer.from([pps.length]),
    ...listed(pps),
    ...(EXTENDED_PROFILES.includes(header[1] ?? 0) ? [EXTENSION] : []),
  ]);
}

/** What a sequence parameter set (ITU-T H.264, 7.3.2.1.1) says about its pictures. */
export type SequenceParameters = {
  id: number;
  /** 4:2:0 with 8 bits a sample. */
  plain: boolean;
  /** Whether pictures may consist of fields. */
  interlaced: boolean;
};

/** Null when the set is cut short. */
export function readSequenceParameters(sps: Buffer): SequenceParameters | null {
  if (nalType(sps) !== NAL.sps || sps.length < 5) return null;
  const bits = bitReader(withoutEscapes(sps.subarray(4)));
  const profile = sps[1] ?? 0;
  const id = bits.golomb();
  let plain = true;
  if ([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135].includes(profile)) {
    const chroma = bits.golomb();
    if (chroma === 3) bits.read(1);
    const depths = bits.golomb() + bits.golomb();
    plain = chroma === 1 && depths === 0;
    bits.read(1);
    if (bits.read(1) === 1) skipScalingLists(bits, chroma === 3 ? 12 : 8);
  }
  bits.golomb(); // log2_max_frame_num_minus4
  const order = bits.golomb();
  if (order === 0) bits.golomb();
  else if (order === 1) {
    bits.read(1);
    bits.golomb();
    bits.golomb();
    const cycle = bits.golomb();
    for (let i = 0; i < cycle && !bits.over(); i++) bits.golomb();
  }
  bits.golomb(); // max_num_ref_frames
  bits.read(1);
  bits.golomb(); // width and height in macroblocks
  bits.golomb();
  const interlaced = bits.read(1) === 0;
  return bits.over() ? null : { id, plain, interlaced };
}

/** The id of a picture parameter set. */
export function pictureParameterId(pps: Buffer): number {
  return bitReader(withoutEscapes(pps.subarray(1))).golomb();
}

type Bits = { read(count: number): number; golomb(): number; over(): boolean };

function skipScalingLists(bits: Bits, count: number): void {
  for (let list = 0; list < count; list++) {
    if (bits.read(1) === 0) continue;
    let [last, next] = [8, 8];
    for (let i = 0; i < (list < 6 ? 16 : 64) && next !== 0; i++) {
      const code = bits.golomb();
      next = (last + (code % 2 === 1 ? (code + 1) / 2 : -code / 2) + 256) % 256;
      if (next !== 0) last = next;
    }
  }
}

/** Exp-Golomb codes: ITU-T H.264, 9.1. */
function bitReader(bytes: Buffer): Bits {
  let at = 0;
  const read = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++, at++) {
      value = value * 2 + (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
    }
    return value;
  };
  return {
    read,
    golomb() {
      let zeros = 0;
      while (zeros < 32 && at < 8 * bytes.length && read(1) === 0) zeros++;
      return 2 ** zeros - 1 + read(zeros);
    },
    over: () => at > 8 * bytes.length,
  };
}

/** Takes out the bytes that keep start codes from appearing (ITU-T H.264, 7.4.1). */
function withoutEscapes(bytes: Buffer): Buffer {
  const plain = Buffer.alloc(bytes.length);
  let length = 0;
  let zeros = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    plain[length++] = byte;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return plain.subarray(0, length);
}
