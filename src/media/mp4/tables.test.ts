import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../signal/seeded-random.ts";
import type { Patch } from "../template-file.ts";
import { type Box, boxSize, findData, offsetOf, writeBox } from "./box.ts";
import {
  editTables,
  entryOffset,
  locateTables,
  numberEntries,
  type TableEdit,
  type TableEdits,
} from "./tables.ts";

const START = 40;
const SPARE = 400;

/** A track with durations, key samples and sizes, each numbered from 0, and the bytes it is written as. */
function trackWith(counts: { stts: number; stss: number; stsz: number }) {
  const table = (type: string, headerBytes: number, entryBytes: number, count: number): Box => {
    const data = Buffer.alloc(headerBytes + entryBytes * count);
    data.writeUInt32BE(count, headerBytes - 4);
    for (let i = 0; i < count; i++) data.writeUInt32BE(i, headerBytes + entryBytes * i);
    return { type, data };
  };
  const children: Box[] = [
    { type: "stsd", data: Buffer.alloc(16) },
    table("stts", 8, 8, counts.stts),
    table("stss", 8, 4, counts.stss),
    table("stsz", 12, 4, counts.stsz),
    { type: "free", data: Buffer.alloc(SPARE - 8) },
  ];
  const stbl = { type: "stbl", children };
  const trak: Box = {
    type: "trak",
    children: [{ type: "mdia", children: [{ type: "minf", children: [stbl] }] }],
  };
  const tables = locateTables(trak, (box) => offsetOf(trak, box, START));
  assert.ok(tables);
  const bytes = Buffer.concat([Buffer.alloc(START, 1), writeBox(trak), Buffer.alloc(20, 2)]);
  return { trak, children, tables, bytes };
}

function apply(bytes: Buffer, patches: readonly Patch[]): Buffer {
  const changed = Buffer.from(bytes);
  for (const patch of patches) {
    if ("bytes" in patch) changed.set(patch.bytes, patch.offset);
    else bytes.copy(changed, patch.offset, patch.from, patch.from + patch.length);
  }
  return changed;
}

/** Boxes behind each other, from the first table on. */
function readBoxes(bytes: Buffer, from: number, to: number) {
  const boxes: { type: string; data: Buffer }[] = [];
  for (let at = from; at < to; at += bytes.readUInt32BE(at)) {
    const end = at + bytes.readUInt32BE(at);
    boxes.push({
      type: bytes.toString("latin1", at + 4, at + 8),
      data: bytes.subarray(at + 8, end),
    });
  }
  return boxes;
}

test("edits of as many entries change these alone", () => {
  const { tables, bytes } = trackWith({ stts: 3, stss: 2, stsz: 5 });
  const stsz = [{ first: 1, count: 2, entries: numberEntries([70, 71]) }];
  const patches = editTables(tables, { stsz });
  assert.deepEqual(patches, [
    { offset: entryOffset(tables, "stsz", 1), bytes: numberEntries([70, 71]) },
  ]);
  assert.equal(apply(bytes, patches).readUInt32BE(entryOffset(tables, "stsz", 2)), 71);
});

test("any edits give the tables that they describe, in the same space", () => {
  const random = seededRandom(5);
  const whole = (most: number) => Math.floor(random() * (most + 1));
  for (let round = 0; round < 200; round++) {
    const counts = { stts: 1 + whole(9), stss: 1 + whole(9), stsz: 1 + whole(30) };
    const { tables, bytes, children } = trackWith(counts);
    const edits: TableEdits = {};
    const wanted = new Map<string, Buffer[]>();
    for (const type of ["stts", "stss", "stsz"] as const) {
      const size = type === "stts" ? 8 : 4;
      const own: TableEdit[] = [];
      const entries = Array.from({ length: counts[type] }, (_, i) => {
        const entry = Buffer.alloc(size);
        entry.writeUInt32BE(i);
        return entry;
      });
      let removed = 0;
      for (let at = whole(3); at < counts[type]; at += 1 + whole(8)) {
        const count = Math.min(whole(3), counts[type] - at);
        const added = Array.from({ length: whole(4) }, () => Buffer.alloc(size, 200 + whole(50)));
        own.push({ first: at, count, entries: Buffer.concat(added) });
        entries.splice(at - removed, count, ...added);
        removed += count - added.length;
        at += count;
      }
      edits[type] = own;
      wanted.set(type, entries);
    }
    const changed = apply(bytes, editTables(tables, edits));
    const [first] = tables.boxes;
    const end = tables.spare.offset + tables.spare.bytes;
    const boxes = readBoxes(changed, first?.offset ?? 0, end);
    assert.deepEqual(
      boxes.map(({ type }) => type),
      ["stts", "stss", "stsz", "free"],
    );
    for (const { type, data } of boxes) {
      const entries = wanted.get(type);
      if (!entries) continue;
      const header = type === "stsz" ? 12 : 8;
      assert.equal(data.readUInt32BE(header - 4), entries.length);
      assert.ok(data.subarray(header).equals(Buffer.concat(entries)), `${type} of round ${round}`);
    }
    const before = START + 8 * 4 + boxSize(children[0] as Box); // four containers' headers
    assert.ok(changed.subarray(0, before).equals(bytes.subarray(0, before)));
    assert.ok(changed.subarray(end).equals(bytes.subarray(end)));
  }
});

test("more entries than there is space for are refused", () => {
  const { tables } = trackWith({ stts: 1, stss: 1, stsz: 1 });
  const entries = numberEntries(Array(SPARE / 4 - 1).fill(7));
  const stsz = [{ first: 1, count: 0, entries }];
  assert.throws(() => editTables(tables, { stsz }), /spare space/);
});

test("a track without spare space has no tables to edit", () => {
  const { trak, children } = trackWith({ stts: 1, stss: 1, stsz: 1 });
  children.pop();
  assert.equal(
    locateTables(trak, () => 0),
    null,
  );
  assert.ok(findData(trak, "mdia", "minf", "stbl", "stsz"));
});
