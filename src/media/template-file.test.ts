import assert from "node:assert/strict";
import { mkdtemp, open, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { lengthOf, type Rendition } from "../domain/rendition.ts";
import { seededRandom } from "../signal/seeded-random.ts";
import { crc32 } from "./crc32.ts";
import {
  createTemplateWriter,
  openTemplate,
  type Patch,
  patchTemplate,
  renditionOf,
  type TemplateReader,
} from "./template-file.ts";

/** Some checkpoints and a part of one more. */
const SIZE = 5 * 16_384 + 1234;
const CONTENT = Buffer.from(
  Uint8Array.from({ length: SIZE }, (_, i) => (i * 7919 + (i >> 9)) & 255),
);

let folder = "";
let file = "";
let reader: TemplateReader;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "template-file-test-"));
  file = path.join(folder, "template.mp4");
  const writer = await createTemplateWriter(file);
  // In pieces that do not end where checkpoints do.
  for (let at = 0; at < SIZE; at += 5000) await writer.write(CONTENT.subarray(at, at + 5000));
  assert.equal(writer.position(), SIZE);
  await writer.finish();
  reader = openTemplate(file);
});
after(async () => {
  reader.close();
  await rm(folder, { recursive: true });
});

const template = () => ({ id: "t", reader, sizeBytes: SIZE, mediaType: "video/mp4" });

function bytesOf(rendition: Rendition): Buffer {
  return Buffer.concat(
    rendition.pieces.map((piece) =>
      "bytes" in piece ? piece.bytes : CONTENT.subarray(piece.offset, piece.offset + piece.length),
    ),
  );
}

/** Size and checksum tell of the bytes what is true. */
function requireTrue(rendition: Rendition): Buffer {
  const bytes = bytesOf(rendition);
  assert.equal(rendition.size, bytes.length);
  assert.equal(rendition.crc32, crc32(bytes));
  assert.ok(
    rendition.pieces.every((piece) => lengthOf(piece) > 0),
    "no piece is empty",
  );
  return bytes;
}

test("any range is read back, and its checksum known", () => {
  const random = seededRandom(3);
  for (let i = 0; i < 300; i++) {
    const offset = Math.floor(random() * SIZE);
    const length = Math.floor(random() * (SIZE - offset + 1));
    const range = CONTENT.subarray(offset, offset + length);
    assert.ok(reader.read(offset, length).equals(range));
    assert.equal(reader.crc(offset, length), crc32(range));
  }
  assert.equal(reader.crc(0, SIZE), crc32(CONTENT));
  assert.equal(reader.crc(16_384, 16_384), crc32(CONTENT.subarray(16_384, 32_768)));
});

test("ranges of another file are copied, and one that ends too early is an error", async () => {
  const copied = path.join(folder, "copy.mp4");
  const base = await open(file);
  try {
    const writer = await createTemplateWriter(copied);
    await writer.write(Buffer.from("head"));
    await writer.copy(base, 1000, 60_000);
    await writer.finish();
    const copy = openTemplate(copied);
    const expected = Buffer.concat([Buffer.from("head"), CONTENT.subarray(1000, 61_000)]);
    assert.equal(copy.crc(0, expected.length), crc32(expected));
    assert.ok(copy.read(0, expected.length).equals(expected));
    copy.close();
    const short = await createTemplateWriter(path.join(folder, "short.mp4"));
    await assert.rejects(short.copy(base, SIZE - 10, 20), /ends 10 bytes too early/);
    await short.abandon();
  } finally {
    await base.close();
  }
});

test("a folder that is not there cannot be written to", async () => {
  await assert.rejects(createTemplateWriter(path.join(folder, "none", "template.mp4")), {
    code: "OUTPUT_UNWRITABLE",
  });
});

test("a template that has become shorter is told, not read as zeros", async () => {
  const damaged = path.join(folder, "damaged.mp4");
  await writeFile(damaged, CONTENT);
  await writeFile(`${damaged}.crc`, Buffer.alloc(5 * 4));
  await truncate(damaged, 1000);
  const short = openTemplate(damaged);
  assert.throws(() => short.read(900, 200), { code: "FILE_UNREADABLE", message: /shorter/ });
  assert.throws(() => short.crc(900, 200), { code: "FILE_UNREADABLE" });
  short.close();
});

test("patches overwrite what is at their place, in whatever order they come", () => {
  const random = seededRandom(9);
  for (let run = 0; run < 50; run++) {
    const expected = Buffer.from(CONTENT);
    const patches: Patch[] = [];
    for (let at = 0; at < SIZE; at += 1 + Math.floor(random() * 30_000)) {
      const bytes = Buffer.alloc(Math.floor(random() * Math.min(500, SIZE - at)), run + 1);
      bytes.copy(expected, at);
      patches.push({ offset: at, bytes });
      at += bytes.length;
    }
    const shuffled = patches.toSorted(() => random() - 0.5);
    assert.ok(requireTrue(patchTemplate(template(), shuffled)).equals(expected));
  }
});

test("without a patch it is the template, at its ends and side by side patches are fine", () => {
  assert.deepEqual(patchTemplate(template(), []).pieces, [
    { template: "t", offset: 0, length: SIZE },
  ]);
  const at = (offset: number, length: number) => ({ offset, bytes: Buffer.alloc(length, 1) });
  const made = requireTrue(patchTemplate(template(), [at(0, 10), at(10, 10), at(SIZE - 5, 5)]));
  assert.equal(made.length, SIZE);
  assert.ok(made.subarray(20, -5).equals(CONTENT.subarray(20, -5)));
});

test("a rendition may end before the template or go on behind it", () => {
  const tail = Buffer.alloc(4000, 9);
  const offset = SIZE - 1000;
  const longer = requireTrue(patchTemplate(template(), [{ offset, bytes: tail }], offset + 4000));
  assert.ok(longer.equals(Buffer.concat([CONTENT.subarray(0, offset), tail])));
  const shorter = requireTrue(
    patchTemplate(template(), [{ offset, bytes: tail.subarray(0, 10) }], offset + 10),
  );
  assert.equal(shorter.length, offset + 10);
  assert.equal(requireTrue(patchTemplate(template(), [], 100)).length, 100);
});

test("patches that overlap are a mistake", () => {
  const patches = [
    { offset: 10, bytes: Buffer.alloc(10) },
    { offset: 19, bytes: Buffer.alloc(1) },
  ];
  assert.throws(() => patchTemplate(template(), patches), /patches overlap at 19/);
});

test("pieces in any order are counted up to a rendition", () => {
  const made = renditionOf(
    [
      { bytes: Buffer.from("own") },
      { template: "t", offset: 40_000, length: 20_000 },
      { template: "t", offset: 0, length: 100 },
    ],
    template(),
  );
  assert.equal(requireTrue(made).length, 20_103);
});

test("a patch may be a part of the template from elsewhere", () => {
  const patches: Patch[] = [
    { offset: 100, bytes: Buffer.from([1, 2, 3]) },
    { offset: 103, from: 100, length: 40_000 },
    { offset: 40_103, bytes: Buffer.from([4]) },
    { offset: 60_000, from: 60_000, length: 10 },
  ];
  const rendition = patchTemplate(template(), patches);
  const bytes = requireTrue(rendition);
  const wanted = Buffer.from(CONTENT);
  wanted.set([1, 2, 3], 100);
  CONTENT.copy(wanted, 103, 100, 40_100);
  wanted.set([4], 40_103);
  assert.ok(bytes.equals(wanted));
  assert.equal(rendition.pieces.length, 5, "what stays where it is parts nothing");
});

test("own bytes that follow each other are one piece", () => {
  const patches = [5, 6, 7].map((value, i) => ({ offset: 50 + i, bytes: Buffer.from([value]) }));
  const rendition = patchTemplate(template(), patches);
  requireTrue(rendition);
  assert.equal(rendition.pieces.length, 3);
});
