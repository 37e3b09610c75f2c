/**
 * The records of a ZIP that stores its members as they are.
 * Source: PKWARE APPNOTE.TXT 6.3.10 (numbers of sections below are from there).
 */

/** What a ZIP says of one member. */
export type ZipMember = {
  /** Plain file name, without folders. */
  name: string;
  size: number;
  crc32: number;
  /** Kept to the second. */
  modified: Date;
};

const VERSION = 20;
const VERSION_ZIP64 = 45;
/** Unix, so that the attributes below are file modes (4.4.2). */
const MADE_BY = (3 << 8) | VERSION_ZIP64;
const UTF8_NAMES = 1 << 11;
const STORED = 0;
const REGULAR_FILE = 0o100644 * 2 ** 16;
/** A field that says: the value is in the ZIP64 part (4.4.1.4). */
const MAX16 = 0xffff;
const MAX32 = 0xffffffff;

/** What stands before a member's content (4.3.7). */
export function localHeader(member: ZipMember): Uint8Array {
  const name = Buffer.from(member.name);
  const isLarge = member.size >= MAX32;
  const size = isLarge ? MAX32 : member.size;
  const extra = Buffer.concat([
    timestamp(member.modified),
    zip64Extra(isLarge ? [member.size, member.size] : []),
  ]);
  const fields = encode([
    [4, 0x04034b50],
    ...commonFields(member, isLarge),
    [4, size],
    [4, size],
    [2, name.length],
    [2, extra.length],
  ]);
  return Buffer.concat([fields, name, extra]);
}

/** What the directory says of a member whose local header stands at `offset` (4.3.12). */
export function directoryHeader(member: ZipMember, offset: number): Uint8Array {
  const name = Buffer.from(member.name);
  const isLarge = member.size >= MAX32;
  const isFar = offset >= MAX32;
  const size = isLarge ? MAX32 : member.size;
  const extra = Buffer.concat([
    timestamp(member.modified),
    zip64Extra([...(isLarge ? [member.size, member.size] : []), ...(isFar ? [offset] : [])]),
  ]);
  const fields = encode([
    [4, 0x02014b50],
    [2, MADE_BY],
    ...commonFields(member, isLarge || isFar),
    [4, size],
    [4, size],
    [2, name.length],
    [2, extra.length],
    [2, 0], // comment
    [2, 0], // disk
    [2, 0], // internal attributes
    [4, REGULAR_FILE],
    [4, isFar ? MAX32 : offset],
  ]);
  return Buffer.concat([fields, name, extra]);
}

function commonFields(member: ZipMember, isZip64: boolean): Field[] {
  return [
    [2, isZip64 ? VERSION_ZIP64 : VERSION],
    [2, UTF8_NAMES],
    [2, STORED],
    ...dosTime(member.modified),
    [4, member.crc32],
  ];
}

/** The lengths of a member's two headers in bytes, without making them. */
export function headerLengths(
  { name, size, modified }: ZipMember,
  offset: number,
): { local: number; directory: number } {
  const isLarge = size >= MAX32;
  const isFar = offset >= MAX32;
  const shared = Buffer.byteLength(name) + (hasTimestamp(modified) ? TIMESTAMP_BYTES : 0);
  return {
    local: 30 + shared + zip64Bytes(isLarge ? 2 : 0),
    directory: 46 + shared + zip64Bytes((isLarge ? 2 : 0) + (isFar ? 1 : 0)),
  };
}

/** The end of a directory of `count` members, `size` bytes, at `offset` (4.3.14 to 4.3.16). */
export function directoryEnd(count: number, size: number, offset: number): Uint8Array {
  const end = encode([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, Math.min(count, MAX16)],
    [2, Math.min(count, MAX16)],
    [4, Math.min(size, MAX32)],
    [4, Math.min(offset, MAX32)],
    [2, 0],
  ]);
  if (count < MAX16 && size < MAX32 && offset < MAX32) return end;
  const end64 = encode([
    [4, 0x06064b50],
    [8, 44], // bytes of this record that follow
    [2, MADE_BY],
    [2, VERSION_ZIP64],
    [4, 0],
    [4, 0],
    [8, count],
    [8, count],
    [8, size],
    [8, offset],
  ]);
  const locator = encode([
    [4, 0x07064b50],
    [4, 0],
    [8, offset + size],
    [4, 1],
  ]);
  return Buffer.concat([end64, locator, end]);
}

/** 4.5.3: only the values whose own field is full, in the order of the fields. */
function zip64Extra(values: number[]): Uint8Array {
  if (values.length === 0) return new Uint8Array();
  return encode([[2, 0x0001], [2, 8 * values.length], ...values.map((value): Field => [8, value])]);
}

function zip64Bytes(values: number): number {
  return values === 0 ? 0 : 4 + 8 * values;
}

/** 4.4.6: two-second steps from 1980 to 2107, here in UTC, as the ZIP must not depend on the machine. */
function dosTime(moment: Date): Field[] {
  const year = moment.getUTCFullYear();
  if (year < 1980) return dosTime(new Date("1980-01-01T00:00:00Z"));
  if (year > 2107) return dosTime(new Date("2107-12-31T23:59:58Z"));
  const time =
    (moment.getUTCHours() << 11) |
    (moment.getUTCMinutes() << 5) |
    Math.floor(moment.getUTCSeconds() / 2);
  const date = ((year - 1980) << 9) | ((moment.getUTCMonth() + 1) << 5) | moment.getUTCDate();
  return [
    [2, time],
    [2, date],
  ];
}

/**
 * The moment as Unix time, which unpackers prefer to the time without a zone above. Source: Info-ZIP,
 * proginfo/extrafld.txt, "UT"; signed 32 bits, so left out from 2038 on.
 */
function timestamp(moment: Date): Uint8Array {
  if (!hasTimestamp(moment)) return new Uint8Array();
  return Buffer.concat([
    encode([
      [2, 0x5455],
      [2, 5],
    ]),
    Buffer.from([1]),
    encode([[4, Math.floor(moment.getTime() / 1000)]]),
  ]);
}

const TIMESTAMP_BYTES = 9;

function hasTimestamp(moment: Date): boolean {
  const seconds = Math.floor(moment.getTime() / 1000);
  return seconds >= 0 && seconds < 2 ** 31;
}

type Field = readonly [bytes: 2 | 4 | 8, value: number];

/** Little-endian unsigned numbers, one after the other. */
function encode(fields: readonly Field[]): Buffer {
  const bytes = Buffer.alloc(fields.reduce((sum, [width]) => sum + width, 0));
  let at = 0;
  for (const [width, value] of fields) {
    if (width === 8) bytes.writeBigUInt64LE(BigInt(value), at);
    else bytes.writeUIntLE(value, at, width);
    at += width;
  }
  return bytes;
}
