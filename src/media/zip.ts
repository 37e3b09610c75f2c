import { AppError } from "../domain/app-error.ts";
import type { Piece, Rendition } from "../domain/rendition.ts";
import { appendCrc, crc32 } from "./crc32.ts";

/**
 * ZIP files in store mode, made of headers only: contents stay where they are. Sizes and CRCs stand in
 * front of each member, so there are no data descriptors and the total size is known at once.
 * Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3 to 4.5 (numbers of sections below are from there).
 */

export type ZipEntry = {
  /** Plain file name, without folders. */
  name: string;
  rendition: Rendition;
  /** Kept to the second. */
  modified: Date;
};

/** What a ZIP says of one member. */
export type ZipMember = { name: string; size: number; crc32: number; modified: Date };

/** All bytes of a ZIP except its members' contents: `heads[i]` stands before member i, `tail` last. */
export type ZipFrame = { heads: Uint8Array[]; tail: Uint8Array; size: number };

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

/**
 * Members become one ZIP, in their order. The same entries always give the same bytes.
 * @throws AppError INVALID_OPTION for a name that is empty, not plain or used twice.
 */
export function zipOf(entries: readonly ZipEntry[]): Rendition {
  const { heads, tail, size } = frameZip(
    entries.map(({ name, rendition, modified }) => ({
      name,
      size: rendition.size,
      crc32: rendition.crc32,
      modified,
    })),
  );
  const pieces: Piece[] = [];
  let crc = 0;
  const addOwn = (bytes: Uint8Array): void => {
    pieces.push({ bytes });
    crc = appendCrc(crc, crc32(bytes), bytes.length);
  };
  for (const [index, { rendition }] of entries.entries()) {
    addOwn(heads[index] ?? new Uint8Array());
    for (const piece of rendition.pieces) pieces.push(piece);
    crc = appendCrc(crc, rendition.crc32, rendition.size);
  }
  addOwn(tail);
  return { pieces, size, crc32: crc, mediaType: "application/zip" };
}

/**
 * The headers of a ZIP from its members' sizes and CRCs alone, for who has the contents one by one.
 * @throws AppError INVALID_OPTION for a name that is empty, not plain or used twice.
 */
export function frameZip(members: readonly ZipMember[]): ZipFrame {
  const seen = new Set<string>();
  const heads: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const member of members) {
    checkName(member.name);
    if (seen.has(member.name)) throw badName(member.name, "is there twice");
    seen.add(member.name);
    const name = Buffer.from(member.name);
    const head = localHeader(member, name);
    heads.push(head);
    directory.push(directoryHeader(member, name, offset));
    offset += head.length + member.size;
  }
  const headers = Buffer.concat(directory);
  const tail = Buffer.concat([headers, ...directoryEnd(members.length, headers.length, offset)]);
  return { heads, tail, size: offset + tail.length };
}

/** 4.3.7 */
function localHeader(member: ZipMember, name: Uint8Array): Uint8Array {
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

/** 4.3.12 */
function directoryHeader(member: ZipMember, name: Uint8Array, offset: number): Uint8Array {
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

/** 4.3.14 to 4.3.16 */
function directoryEnd(count: number, size: number, offset: number): Uint8Array[] {
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
  if (count < MAX16 && size < MAX32 && offset < MAX32) return [end];
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
  return [end64, locator, end];
}

/** 4.5.3: only the values whose own field is full, in the order of the fields. */
function zip64Extra(values: number[]): Uint8Array {
  if (values.length === 0) return new Uint8Array();
  return encode([[2, 0x0001], [2, 8 * values.length], ...values.map((value): Field => [8, value])]);
}

/** 4.4.6: two-second steps from 1980 to 2107, here in UTC, as the ZIP must not depend on the machine. */
function dosTime(moment: Date): Field[] {
  if (Number.isNaN(moment.getTime())) throw new AppError("INTERNAL", "a ZIP member has no date");
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
  const seconds = Math.floor(moment.getTime() / 1000);
  if (seconds < 0 || seconds >= 2 ** 31) return new Uint8Array();
  return Buffer.concat([
    encode([
      [2, 0x5455],
      [2, 5],
    ]),
    Buffer.from([1]),
    encode([[4, seconds]]),
  ]);
}

function checkName(name: string): void {
  if (name === "") throw badName(name, "is empty");
  if (name === "." || name === "..") throw badName(name, "names a folder");
  if (/[/\\\p{Cc}]/u.test(name)) throw badName(name, "has a slash or a control character in it");
  if (!name.isWellFormed()) throw badName(name, "is no sound Unicode");
  if (Buffer.byteLength(name) > MAX16) throw badName(`${name.slice(0, 40)}…`, "is too long");
}

function badName(name: string, fault: string): AppError {
  const message = `the file name ${JSON.stringify(name)} ${fault} and cannot stand in a ZIP: rename the file`;
  return new AppError("INVALID_OPTION", message);
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
