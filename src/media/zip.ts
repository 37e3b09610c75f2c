import { AppError } from "../domain/app-error.ts";
import type { Piece, Rendition } from "../domain/rendition.ts";
import { appendCrc, crc32 } from "./crc32.ts";
import {
  directoryEnd,
  directoryHeader,
  headerLengths,
  localHeader,
  type ZipMember,
} from "./zip-headers.ts";

/**
 * ZIP files in store mode, made of headers only: contents stay where they are. Sizes and CRCs stand in
 * front of each member, so there are no data descriptors and the total size is known at once.
 */

export type { ZipMember } from "./zip-headers.ts";

/** Its length stands in 16 bits (4.3.7). */
const MAX_NAME_BYTES = 0xffff;

export type ZipEntry = {
  /** Plain file name, without folders. */
  name: string;
  rendition: Rendition;
  /** Kept to the second. */
  modified: Date;
};

/**
 * Where everything in a ZIP stands. Headers are made when they are asked for: those of 100,000 members
 * would hold a process up for most of a second.
 */
export type ZipLayout = {
  size: number;
  /** Where each member's header begins, which its content follows; then where the directory does. */
  memberOffsets: Float64Array;
  /** Where the directory's header of each member begins; then where the end records do. */
  directoryOffsets: Float64Array;
  memberHeader(index: number): Uint8Array;
  directoryHeader(index: number): Uint8Array;
  end(): Uint8Array;
};

/**
 * Members become one ZIP, in their order. The same entries always give the same bytes.
 * @throws AppError INVALID_OPTION for a name that is empty, not plain or used twice.
 */
export function zipOf(entries: readonly ZipEntry[]): Rendition {
  const layout = layoutZip(
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
    addOwn(layout.memberHeader(index));
    for (const piece of rendition.pieces) pieces.push(piece);
    crc = appendCrc(crc, rendition.crc32, rendition.size);
  }
  addOwn(zipTail(layout));
  return { pieces, size: layout.size, crc32: crc, mediaType: "application/zip" };
}

/**
 * The places of all that a ZIP consists of, from its members' sizes and CRCs alone.
 * @throws AppError INVALID_OPTION for a name that is empty, not plain or used twice.
 */
export function layoutZip(members: readonly ZipMember[]): ZipLayout {
  const count = members.length;
  const memberOffsets = new Float64Array(count + 1);
  const directoryOffsets = new Float64Array(count + 1);
  const seen = new Set<string>();
  let offset = 0;
  let directoryBytes = 0;
  for (const [index, member] of members.entries()) {
    checkMember(member);
    if (seen.has(member.name)) throw badName(member.name, "is there twice");
    seen.add(member.name);
    const lengths = headerLengths(member, offset);
    memberOffsets[index] = offset;
    directoryOffsets[index] = directoryBytes;
    offset += lengths.local + member.size;
    directoryBytes += lengths.directory;
  }
  memberOffsets[count] = offset;
  directoryOffsets[count] = directoryBytes;
  for (const [index, within] of directoryOffsets.entries()) {
    directoryOffsets[index] = offset + within;
  }

  const memberAt = (index: number): ZipMember => {
    const member = members[index];
    if (!member) throw new AppError("INTERNAL", `a ZIP of ${count} members has no member ${index}`);
    return member;
  };
  const end = () => directoryEnd(count, directoryBytes, offset);
  return {
    size: offset + directoryBytes + end().length,
    memberOffsets,
    directoryOffsets,
    memberHeader: (index) => localHeader(memberAt(index)),
    directoryHeader: (index) => directoryHeader(memberAt(index), memberOffsets[index] ?? 0),
    end,
  };
}

/** All that stands behind the last member. */
export function zipTail(layout: ZipLayout): Uint8Array {
  const count = layout.memberOffsets.length - 1;
  const headers = Array.from({ length: count }, (_, index) => layout.directoryHeader(index));
  return Buffer.concat([...headers, layout.end()]);
}

function checkMember({ name, modified }: ZipMember): void {
  if (Number.isNaN(modified.getTime())) throw new AppError("INTERNAL", "a ZIP member has no date");
  if (name === "") throw badName(name, "is empty");
  if (name === "." || name === "..") throw badName(name, "names a folder");
  if (/[/\\\p{Cc}]/u.test(name)) throw badName(name, "has a slash or a control character in it");
  if (!name.isWellFormed()) throw badName(name, "is no sound Unicode");
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw badName(`${name.slice(0, 40)}…`, "is too long");
}

function badName(name: string, fault: string): AppError {
  const message = `the file name ${JSON.stringify(name)} ${fault} and cannot stand in a ZIP: rename the file`;
  return new AppError("INVALID_OPTION", message);
}
