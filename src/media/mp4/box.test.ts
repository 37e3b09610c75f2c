import assert from "node:assert/strict";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import {
  type Box,
  type BoxLocation,
  boxSize,
  childrenOf,
  findBox,
  findData,
  listBoxes,
  offsetOf,
  openFile,
  readMovieBox,
  writeBox,
} from "./box.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "box-test-"));
});
after(() => rm(folder, { recursive: true }));

const leaf = (type: string, bytes: number): Box => ({ type, data: Buffer.alloc(bytes, 7) });

const MOOV: Box = {
  type: "moov",
  children: [
    leaf("mvhd", 100),
    { type: "trak", children: [leaf("tkhd", 84), { type: "mdia", children: [leaf("mdhd", 24)] }] },
    { type: "trak", children: [leaf("tkhd", 96)] },
    leaf("udta", 0),
  ],
};

/** A box header of 16 bytes, for a box of `size` bytes. */
function wideHeader(type: string, size: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32BE(1, 0);
  header.write(type, 4, "latin1");
  header.writeBigUInt64BE(BigInt(size), 8);
  return header;
}

function header(type: string, size: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(size, 0);
  bytes.write(type, 4, "latin1");
  return bytes;
}

type Index = { boxes: BoxLocation[]; moov: Awaited<ReturnType<typeof readMovieBox>> };

async function read(bytes: Buffer, sparseTo?: number): Promise<Index> {
  const name = path.join(folder, "file.mp4");
  await writeFile(name, bytes);
  if (sparseTo !== undefined) await truncate(name, sparseTo);
  const file = await openFile(name);
  try {
    const boxes = await listBoxes(file, "base.mp4");
    return { boxes, moov: await readMovieBox(file, boxes, "base.mp4") };
  } finally {
    await file.close();
  }
}

test("boxes that were written are read again", async () => {
  const { boxes, moov } = await read(Buffer.concat([writeBox(leaf("ftyp", 12)), writeBox(MOOV)]));
  assert.deepEqual(boxes, [
    { type: "ftyp", offset: 0, size: 20, headerSize: 8 },
    { type: "moov", offset: 20, size: boxSize(MOOV), headerSize: 8 },
  ]);
  assert.deepEqual(moov, MOOV);
});

test("a box is found by its path, and by its place", () => {
  assert.equal(findData(MOOV, "trak", "mdia", "mdhd")?.length, 24);
  assert.equal(findBox(MOOV, "trak", "stbl"), undefined);
  assert.equal(findData(MOOV, "trak"), undefined);
  assert.equal(childrenOf(MOOV, "trak").length, 2);
  const second = childrenOf(MOOV, "trak")[1];
  assert.ok(second);
  const bytes = writeBox(MOOV);
  const at = offsetOf(MOOV, second, 1000) - 1000;
  assert.equal(bytes.toString("latin1", at + 4, at + 8), "trak");
  assert.equal(bytes.readUInt32BE(at), boxSize(second));
  assert.throws(() => offsetOf(second, MOOV, 0), /not inside/);
});

test("sizes of 64 bits, and a last box that reaches to the end, are understood", async () => {
  const contents = writeBox(MOOV).subarray(8);
  const wide = Buffer.concat([wideHeader("moov", 16 + contents.length), contents]);
  const open = Buffer.concat([wide, header("mdat", 0), Buffer.alloc(50)]);
  const { boxes, moov } = await read(open);
  assert.deepEqual(moov, MOOV);
  assert.deepEqual(boxes.at(-1), { type: "mdat", offset: wide.length, size: 58, headerSize: 8 });
});

test("media data of more than 4 GB is passed over, not read", async () => {
  const size = 5 * 2 ** 30;
  const file = Buffer.concat([writeBox(MOOV), wideHeader("mdat", size)]);
  const { boxes } = await read(file, boxSize(MOOV) + size);
  assert.equal(boxes.at(-1)?.size, size);
});

test("a file that ends inside a box is truncated, and how much is missing is told", async () => {
  const whole = Buffer.concat([writeBox(MOOV), writeBox(leaf("mdat", 1000))]);
  await assert.rejects(read(whole.subarray(0, -300)), {
    code: "MEDIA_UNREADABLE",
    message: /^base\.mp4 is truncated: 300 bytes/,
  });
  await assert.rejects(read(wideHeader("mdat", Number.MAX_SAFE_INTEGER)), {
    code: "MEDIA_UNREADABLE",
  });
});

test("a box smaller than its header is damage, outside and inside the index", async () => {
  for (const size of [2, 7]) {
    await assert.rejects(read(header("mdat", size)), /base\.mp4 is damaged: its box mdat/);
    const inside = Buffer.concat([header("moov", 16), header("trak", size)]);
    await assert.rejects(read(inside), /base\.mp4 is damaged: its box trak/);
  }
  await assert.rejects(read(wideHeader("mdat", 15)), { code: "MEDIA_UNREADABLE" });
});

test("a box of the index that reaches beyond its parent is damage", async () => {
  const bytes = Buffer.concat([header("moov", 24), header("trak", 24), Buffer.alloc(8)]);
  await assert.rejects(read(bytes), /its box trak has no valid size/);
});

test("the four zero bytes that end some QuickTime lists are no box", async () => {
  const bytes = Buffer.concat([
    header("moov", 8 + 16 + 8),
    writeBox(leaf("mvhd", 8)),
    Buffer.alloc(8),
  ]);
  const { moov } = await read(bytes);
  assert.deepEqual(moov?.children, [leaf("mvhd", 8)]);
});

test("containers inside containers without end cost no stack", async () => {
  const depth = 50_000;
  const bytes = Buffer.alloc(8 * depth);
  for (let i = 0; i < depth; i++)
    header(i === 0 ? "moov" : "trak", 8 * (depth - i)).copy(bytes, 8 * i);
  const { moov } = await read(bytes);
  assert.equal(moov?.children.length, 1);
});

test("an index larger than any real one is refused before it is read", async () => {
  const size = 300 * 2 ** 20;
  await assert.rejects(read(header("moov", size), size), { code: "MEDIA_UNSUPPORTED" });
});

test("a file without an index has none", async () => {
  assert.equal((await read(writeBox(leaf("mdat", 10)))).moov, null);
  assert.equal((await read(Buffer.alloc(0))).moov, null);
});
