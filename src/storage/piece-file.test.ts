import assert from "node:assert/strict";
import { mkdir, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AppError, type ErrorCode } from "../domain/app-error.ts";
import type { Piece, Rendition } from "../domain/rendition.ts";
import { crc32 } from "../media/crc32.ts";
import { readRange, writeRendition } from "./piece-file.ts";
import {
  type MadeUpTemplate,
  madeUpTemplate,
  randomBytesOf,
  wholeFile,
} from "./testing/made-up-outputs.ts";

const SIZE = 3_000_000;
let root = "";
let count = 0;
let made: MadeUpTemplate;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "piece-file-test-"));
  made = await madeUpTemplate({ folder: join(root, "template"), sizeBytes: SIZE });
});
after(async () => {
  made.close();
  await rm(root, { recursive: true });
});

async function emptyFolder(): Promise<string> {
  const folder = join(root, `out-${count++}`);
  await mkdir(folder);
  return folder;
}

function ofPieces(pieces: Piece[]): Rendition {
  const whole = wholeFile({ pieces, size: 0, crc32: 0, mediaType: "" }, made.bytes);
  return { pieces, size: whole.length, crc32: crc32(whole), mediaType: "video/mp4" };
}

const kept = (offset: number, length: number): Piece => ({
  template: made.template.id,
  offset,
  length,
});
const own = (seed: number, length: number): Piece => ({ bytes: randomBytesOf(seed, length) });

const failsWith = (code: ErrorCode) => (error: unknown) =>
  error instanceof AppError && error.code === code;

const forms: Record<string, () => Rendition> = {
  "patched in place": () => made.patched(1),
  "moved as a whole": () => made.moved(1),
  "longer than its template": () => ofPieces([kept(0, SIZE), own(1, 70_000), own(2, 5)]),
  "shorter than its template": () => ofPieces([kept(0, 2_000_000), own(1, 5)]),
  "cut to a small part of its template": () => ofPieces([kept(0, 1000), own(1, 5)]),
  "begun with many small pieces of its own": () =>
    ofPieces([...Array.from({ length: 100 }, (_, i) => own(i, 3)), kept(300, SIZE - 300)]),
  "wholly its own": () => ofPieces([own(1, 1_500_000)]),
  "the template itself": () => ofPieces([kept(0, SIZE)]),
  "made of reordered parts": () => ofPieces([kept(9, 2_000_000), kept(0, 9), kept(5, 700_000)]),
  "without a byte": () => ofPieces([]),
};

for (const [form, make] of Object.entries(forms)) {
  for (const verify of [false, true]) {
    test(`a rendition ${form} is written byte for byte${verify ? " and verified" : ""}`, async () => {
      const rendition = make();
      const folder = await emptyFolder();
      const path = join(folder, "out.mp4");
      const written = await writeRendition({
        rendition,
        templateFile: made.template.file,
        path,
        verify,
      });
      const bytes = await readFile(path);
      assert.ok(bytes.equals(wholeFile(rendition, made.bytes)));
      assert.equal(crc32(bytes), rendition.crc32);
      assert.equal(written.bytes, rendition.size);
      assert.deepEqual(await readdir(folder), ["out.mp4"]);
    });
  }
}

test("pieces of several templates are taken each from its own file", async () => {
  const other = await madeUpTemplate({ folder: join(root, "b"), id: "b", sizeBytes: 1000 });
  const pieces: Piece[] = [kept(5, 10), { template: "b", offset: 7, length: 20 }, kept(0, 3)];
  const expected = Buffer.concat([
    made.bytes.subarray(5, 15),
    other.bytes.subarray(7, 27),
    made.bytes.subarray(0, 3),
  ]);
  const rendition = { pieces, size: 33, crc32: crc32(expected), mediaType: "video/mp4" };
  const path = join(await emptyFolder(), "out.mp4");
  const templateFile = (id: string) => (id === "b" ? other.template.file : made.template.file);
  await writeRendition({ rendition, templateFile, path, verify: true });
  assert.deepEqual(await readFile(path), expected);
  other.close();
});

test("any range of a rendition has the bytes of that range of the file", async () => {
  const rendition = made.moved(7);
  const whole = wholeFile(rendition, made.bytes);
  const end = rendition.size;
  const ranges = [
    [0, end],
    [0, 0],
    [end, end],
    [end - 1, end],
    [0, 1],
    [3, 8],
    [256 * 1024 - 1, 256 * 1024 + 1],
    [100, 100 + 512 * 1024],
    ...Array.from({ length: 40 }, (_, i) => {
      const at = (i * 7919 * 7919) % end;
      return [at, Math.min(end, at + ((i * 104_729) % 900_000))];
    }),
  ] as const;
  for (const [from = 0, until = 0] of ranges) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of readRange(rendition, made.template.file, from, until)) {
      chunks.push(chunk);
    }
    assert.ok(Buffer.concat(chunks).equals(whole.subarray(from, until)), `${from} to ${until}`);
  }
});

test("a range outside the file is refused", async () => {
  const rendition = made.patched(1);
  for (const [start, end] of [
    [-1, 5],
    [5, 4],
    [0, rendition.size + 1],
    [Number.NaN, 5],
  ] as const) {
    const range = readRange(rendition, made.template.file, start, end);
    await assert.rejects(range.next(), failsWith("INTERNAL"));
  }
});

test("a reader that stops early leaves no file open", {
  skip: process.platform !== "linux",
}, async () => {
  const before = (await readdir("/proc/self/fd")).length;
  for (let i = 0; i < 20; i++) {
    for await (const chunk of readRange(made.patched(1), made.template.file, 0, SIZE)) {
      assert.ok(chunk.length > 0);
      break;
    }
  }
  assert.ok((await readdir("/proc/self/fd")).length < before + 10);
});

test("a missing template is named and leaves nothing behind", async () => {
  for (const rendition of [made.patched(1), made.moved(1)]) {
    const folder = await emptyFolder();
    const path = join(folder, "out.mp4");
    const attempt = writeRendition({ rendition, templateFile: join(root, "none.mp4"), path });
    await assert.rejects(attempt, (error: Error) => {
      assert.match(error.message, /the template 0a1b2c cannot be read at .*none\.mp4/);
      return failsWith("FILE_NOT_FOUND")(error);
    });
    assert.deepEqual(await readdir(folder), []);
  }
});

test("a template that was cut short never becomes an output, and the older output stays", async () => {
  const cut = join(root, "cut.mp4");
  await writeFile(cut, made.bytes);
  await truncate(cut, SIZE - 1);
  for (const rendition of [made.patched(1), made.moved(1)]) {
    const folder = await emptyFolder();
    const path = join(folder, "out.mp4");
    await writeFile(path, "older");
    const attempt = writeRendition({ rendition, templateFile: cut, path });
    await assert.rejects(attempt, failsWith("FILE_UNREADABLE"));
    assert.deepEqual(await readdir(folder), ["out.mp4"]);
    assert.equal(await readFile(path, "utf8"), "older");
  }
});

test("verifying finds one changed byte of the template", async () => {
  const changed = join(root, "changed.mp4");
  await writeFile(changed, made.bytes);
  const file = await open(changed, "r+");
  await file.write(Buffer.from([(made.bytes[99] ?? 0) ^ 1]), 0, 1, 99);
  await file.close();
  const folder = await emptyFolder();
  const attempt = writeRendition({
    rendition: made.patched(1),
    templateFile: changed,
    path: join(folder, "out.mp4"),
    verify: true,
  });
  await assert.rejects(attempt, failsWith("FILE_UNREADABLE"));
  assert.deepEqual(await readdir(folder), []);
});

test("a folder in the output's place is an error that leaves no temporary file", async () => {
  const folder = await emptyFolder();
  const path = join(folder, "out.mp4");
  await mkdir(join(path, "inside"), { recursive: true });
  const attempt = writeRendition({
    rendition: made.patched(1),
    templateFile: made.template.file,
    path,
  });
  await assert.rejects(attempt, failsWith("OUTPUT_UNWRITABLE"));
  assert.deepEqual(await readdir(folder), ["out.mp4"]);
});

test("pieces that do not add up to the size are refused", async () => {
  const rendition = { ...made.patched(1), size: SIZE + 1 };
  const path = join(await emptyFolder(), "out.mp4");
  const attempt = writeRendition({ rendition, templateFile: made.template.file, path });
  await assert.rejects(attempt, failsWith("INTERNAL"));
});

test("a cancelled write leaves nothing behind", async () => {
  const folder = await emptyFolder();
  const attempt = writeRendition({
    rendition: made.moved(1),
    templateFile: made.template.file,
    path: join(folder, "out.mp4"),
    signal: AbortSignal.abort(),
  });
  await assert.rejects(attempt, failsWith("CANCELLED"));
  assert.deepEqual(await readdir(folder), []);
});
