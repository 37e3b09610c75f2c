import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import yauzl from "yauzl";
import { bytesOf } from "../../test/conformance/object-store.ts";
import { crc32 } from "../media/crc32.ts";
import { zipOf } from "../media/zip.ts";
import { createLocalObjects } from "./local-objects.ts";
import { createStreamedZip } from "./streamed-zip.ts";
import { randomBytesOf } from "./testing/made-up-outputs.ts";

const run = promisify(execFile);
const GB = 2 ** 30;
const modified = new Date("2026-03-04T05:06:08Z");
type StreamedZip = ReturnType<typeof createStreamedZip>;

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "streamed-zip-test-"));
});
after(() => rm(folder, { recursive: true }));

const hasUnzip = await run("unzip", ["-v"]).then(
  () => true,
  () => false,
);

const read = (zip: StreamedZip, start: number, end: number) => bytesOf(zip.read({ start, end }));

/** A ZIP of contents that are in memory. */
function zipOfContents(contents: readonly Buffer[]): StreamedZip {
  const members = contents.map((content, i) => ({
    name: `${i}.mp3`,
    size: content.length,
    crc32: crc32(content),
    modified,
    content,
  }));
  return createStreamedZip(members, async function* ({ content }, { start, end }) {
    yield content.subarray(start, end);
  });
}

/** The same ZIP made in one go, which other programs can read (see zip.test.ts). */
function madeAtOnce(contents: readonly Buffer[]): Buffer {
  const { pieces } = zipOf(
    contents.map((bytes, i) => ({
      name: `${i}.mp3`,
      rendition: { pieces: [{ bytes }], size: bytes.length, crc32: crc32(bytes), mediaType: "" },
      modified,
    })),
  );
  return Buffer.concat(pieces.map((piece) => ("bytes" in piece ? piece.bytes : Buffer.alloc(0))));
}

type Listed = { entry: yauzl.Entry; content(): Promise<Buffer> };

/** How yauzl asks for ranges: it takes only what inherits from its own class. */
class RangeReader extends yauzl.RandomAccessReader {
  readonly #zip: StreamedZip;
  constructor(zip: StreamedZip) {
    super();
    this.#zip = zip;
  }
  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#zip.read({ start, end }), { objectMode: false });
  }
}

/** The members as a program finds them that reads ranges of the ZIP. */
function listed(zip: StreamedZip): Promise<Listed[]> {
  const reader = new RangeReader(zip);
  return new Promise((resolve, reject) => {
    const options = { lazyEntries: true, autoClose: false };
    yauzl.fromRandomAccessReader(reader, zip.sizeBytes, options, (error, opened) => {
      if (error) return reject(error);
      const found: Listed[] = [];
      const content = (entry: yauzl.Entry) =>
        new Promise<Buffer>((done, fail) => {
          opened.openReadStream(entry, (failure, stream) => {
            if (failure) fail(failure);
            else bytesOf(stream).then(done, fail);
          });
        });
      opened.on("error", reject);
      opened.on("end", () => resolve(found));
      opened.on("entry", (entry: yauzl.Entry) => {
        found.push({ entry, content: () => content(entry) });
        opened.readEntry();
      });
      opened.readEntry();
    });
  });
}

test("70,000 tiny members are there, and any range is that of the whole", async () => {
  const contents = Array.from({ length: 70_000 }, (_, i) => Buffer.from(`content ${i}`));
  const zip = zipOfContents(contents);
  const whole = await read(zip, 0, zip.sizeBytes);
  assert.equal(whole.length, zip.sizeBytes);
  for (let i = 0; i < 200; i++) {
    const start = (i * 7_919 * 7_919) % (whole.length + 1);
    const end = Math.min(whole.length, start + ((i * 104_729) % 50_000));
    assert.ok((await read(zip, start, end)).equals(whole.subarray(start, end)), `from ${start}`);
  }
  assert.ok(whole.equals(madeAtOnce(contents)));
  if (!hasUnzip) return;
  const file = join(folder, "many.zip");
  await writeFile(file, whole);
  const { stdout } = await run("unzip", ["-tqq", file]);
  assert.equal(stdout.trim(), "");
});

test("every range of a small ZIP is that of the whole", async () => {
  const contents = [7, 0, 1, 30].map((length, i) => randomBytesOf(i, length));
  const zip = zipOfContents(contents);
  const whole = await read(zip, 0, zip.sizeBytes);
  assert.deepEqual(await Promise.all((await listed(zip)).map((one) => one.content())), contents);
  for (let start = 0; start <= whole.length; start++) {
    for (let end = start; end <= whole.length; end += 1 + (end % 29)) {
      const range = await read(zip, start, end);
      assert.ok(range.equals(whole.subarray(start, end)), `${start} to ${end}`);
    }
  }
});

test("members beyond 4 GB are found by ranges and read at any place", async () => {
  const objects = createLocalObjects({ root: join(folder, "objects") });
  const places = [0, GB, 4 * GB - 3, 4 * GB + 9, 5 * GB + 3];
  const mark = randomBytesOf(1, 7);
  await objects.put("large.mp4", []);
  const file = await open(objects.pathOf("large.mp4"), "r+");
  await file.truncate(5 * GB + 10);
  for (const place of places) await file.write(mark, 0, mark.length, place);
  await file.close();
  const sizes = { "first.mp4": 5 * GB + 10, "second.mp4": 3 * GB, "last.mp4": 5 * GB + 10 };
  const members = Object.entries(sizes).map(([name, size]) => ({ name, size, crc32: 0, modified }));
  const zip = createStreamedZip(members, (_, range) => objects.read("large.mp4", range));
  const found = await listed(zip);
  assert.deepEqual(
    found.map(({ entry }) => [entry.fileName, entry.uncompressedSize]),
    Object.entries(sizes),
  );
  for (const { entry } of found) {
    const { relativeOffsetOfLocalHeader: offset, fileName, uncompressedSize } = entry;
    const header = await read(zip, offset, offset + 30);
    assert.equal(header.readUInt32LE(), 0x04034b50, fileName);
    const nameEnd = offset + 30 + header.readUInt16LE(26);
    assert.equal((await read(zip, offset + 30, nameEnd)).toString(), fileName);
    const start = nameEnd + header.readUInt16LE(28);
    for (const place of places.filter((each) => each < uncompressedSize)) {
      const at = start + place;
      assert.deepEqual(await read(zip, at, at + mark.length), mark, `${fileName} at ${place}`);
    }
  }
});
