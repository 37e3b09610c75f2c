import type { Patch } from "../template-file.ts";
import { type Box, boxSize, findBox } from "./box.ts";

/** Tables of a track that may get more entries, one behind the other, with spare space at their end. */
export type Tables = {
  boxes: TableBox[];
  spare: { offset: number; bytes: number };
};

type TableBox = {
  type: TableType;
  /** Of the box in the file. */
  offset: number;
  /** Its version and flags as one number. */
  version: number;
  entries: number;
};

/** Entries that stand instead of `count` others, from entry `first` on. */
export type TableEdit = { first: number; count: number; entries: Buffer };

/** Sample durations, their delays until they are shown, key samples, sizes: ISO/IEC 14496-12 §8.6.1, 8.6.2, 8.7.3. */
export const TABLE_TYPES = ["stts", "ctts", "stss", "stsz"] as const;
export type TableType = (typeof TABLE_TYPES)[number];
export type TableEdits = Partial<Record<TableType, TableEdit[]>>;

const ENTRY_BYTES = { stts: 8, ctts: 8, stss: 4, stsz: 4 };
/** Size, type, version and count; sizes have one number more. */
const HEADER_BYTES = { stts: 16, ctts: 16, stss: 16, stsz: 20 };
const FREE_HEADER = 8;

/** Where the tables of a track lie; null when no spare space is behind them. */
export function locateTables(trak: Box, at: (box: Box) => number): Tables | null {
  const stbl = findBox(trak, "mdia", "minf", "stbl");
  const free = stbl && findBox(stbl, "free");
  if (!stbl || !free) return null;
  const boxes = TABLE_TYPES.flatMap((type): TableBox[] => {
    const box = findBox(stbl, type);
    if (!box || !("data" in box)) return [];
    const entries = box.data.readUInt32BE(HEADER_BYTES[type] - 8 - 4);
    return [{ type, offset: at(box), version: box.data.readUInt32BE(0), entries }];
  });
  return { boxes, spare: { offset: at(free), bytes: boxSize(free) } };
}

/** Offset in the file of a table's entry. */
export function entryOffset({ boxes }: Tables, type: TableType, entry: number): number {
  const box = boxes.find((one) => one.type === type);
  if (!box) throw new Error(`the track has no ${type}`);
  return box.offset + HEADER_BYTES[type] + ENTRY_BYTES[type] * entry;
}

/**
 * The patches that edit tables. What lies behind new entries moves into the spare space, as ranges of
 * the template: that costs nothing, however long the tables are.
 */
export function editTables({ boxes, spare }: Tables, edits: TableEdits): Patch[] {
  const patches: Patch[] = [];
  let shift = 0;
  for (const { type, offset, version, entries } of boxes) {
    const entryBytes = ENTRY_BYTES[type];
    const own = (edits[type] ?? []).toSorted((a, b) => a.first - b.first);
    const added = own.reduce((sum, edit) => sum + edit.entries.length / entryBytes - edit.count, 0);
    const start = offset + HEADER_BYTES[type];
    let [from, to] = [start, start + shift];
    const keepUntil = (entry: number): void => {
      const length = start + entryBytes * entry - from;
      if (shift !== 0 || from !== to) patches.push({ offset: to, from, length });
      from += length;
      to += length;
    };
    if (shift !== 0 || added !== 0) {
      const bytes = tableHeader(type, version, entries + added);
      patches.push({ offset: offset + shift, bytes });
    }
    for (const edit of own) {
      keepUntil(edit.first);
      patches.push({ offset: to, bytes: edit.entries });
      to += edit.entries.length;
      from += entryBytes * edit.count;
    }
    keepUntil(entries);
    shift += entryBytes * added;
  }
  if (shift === 0) return patches;
  const left = spare.bytes - shift;
  if (left < FREE_HEADER) throw new RangeError(`${-left} bytes of spare space are missing`);
  const header = Buffer.alloc(FREE_HEADER);
  header.writeUInt32BE(left, 0);
  header.write("free", 4, "latin1");
  return [...patches, { offset: spare.offset + shift, bytes: header }];
}

function tableHeader(type: TableType, version: number, entries: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES[type]);
  header.writeUInt32BE(header.length + ENTRY_BYTES[type] * entries, 0);
  header.write(type, 4, "latin1");
  header.writeUInt32BE(version, 8);
  header.writeUInt32BE(entries, header.length - 4);
  return header;
}

/** Entries of 4 bytes each. */
export function numberEntries(values: Iterable<number>): Buffer {
  const numbers = [...values];
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((value, i) => {
    bytes.writeUInt32BE(value, 4 * i);
  });
  return bytes;
}
