import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import yauzl from "yauzl";
import { AppError } from "../domain/app-error.ts";
import { lengthOf, type Rendition } from "../domain/rendition.ts";
import { crc32 } from "./crc32.ts";
import { type ZipEntry, zipOf } from "./zip.ts";

const run = promisify(execFile);
const GB = 2 ** 30;
const modified = new Date("2026-03-04T05:06:07Z");
let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "zip-test-"));
});
after(() => rm(folder, { recursive: true }));

const hasUnzip = await run("unzip", ["-v"]).then(
  () => true,
  () => false,
);

function entry(name: string, content: string): ZipEntry {
  const bytes = Buffer.from(content);
  const rendition: Rendition = {
    pieces: [{ bytes }],
    size: bytes.length,
    crc32: crc32(bytes),
    mediaType: "text/csv",
  };
  return { name, rendition, modified };
}

/** A member of a template's bytes which exist nowhere. */
function largeEntry(name: string, size: number): ZipEntry {
  const pieces = [{ template: "t", offset: 0, length: size }];
  return { name, rendition: { pieces, size, crc32: 1, mediaType: "video/mp4" }, modified };
}

function bytesOf(zip: Rendition): Buffer {
  return Buffer.concat(
    zip.pieces.map((piece) => {
      assert.ok("bytes" in piece);
      return piece.bytes;
    }),
  );
}

type Listed = { name: string; size: number; modified: Date; entry: yauzl.Entry };

function listed(zip: yauzl.ZipFile): Promise<Listed[]> {
  return new Promise((resolve, reject) => {
    const members: Listed[] = [];
    zip.on("error", reject);
    zip.on("end", () => resolve(members));
    zip.on("entry", (found: yauzl.Entry) => {
      const { fileName: name, uncompressedSize: size } = found;
      assert.equal(found.compressedSize, size);
      assert.ok(found.generalPurposeBitFlag & (1 << 11));
      members.push({ name, size, modified: found.getLastModDate(), entry: found });
      zip.readEntry();
    });
    zip.readEntry();
  });
}

function openBuffer(bytes: Buffer): Promise<yauzl.ZipFile> {
  return new Promise((resolve, reject) => {
    yauzl.fromBuffer(bytes, { lazyEntries: true, autoClose: false }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    );
  });
}

async function contentOf(zip: yauzl.ZipFile, member: yauzl.Entry): Promise<Buffer> {
  const stream = await new Promise<Readable>((resolve, reject) => {
    zip.openReadStream(member, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  return Buffer.concat(await stream.toArray());
}

test("a ZIP gives back names in every script, contents and times", async () => {
  const contents = { "अमित.mp4": "namaste", "Zoë_-2.mp3": "", "report.csv": "row,name\r\n" };
  const zip = zipOf(Object.entries(contents).map(([name, content]) => entry(name, content)));
  const bytes = bytesOf(zip);
  assert.equal(bytes.length, zip.size);
  assert.equal(crc32(bytes), zip.crc32);
  assert.equal(zip.mediaType, "application/zip");
  const opened = await openBuffer(bytes);
  const members = await listed(opened);
  assert.deepEqual(
    members.map(({ name }) => name),
    Object.keys(contents),
  );
  for (const member of members) {
    assert.equal(member.modified.getTime(), modified.getTime());
    const expected = contents[member.name as keyof typeof contents];
    assert.equal((await contentOf(opened, member.entry)).toString(), expected);
  }
});

test("an empty list becomes an empty ZIP", async () => {
  const bytes = bytesOf(zipOf([]));
  assert.equal(bytes.length, 22);
  assert.deepEqual(await listed(await openBuffer(bytes)), []);
});

test("equal entries give equal bytes", () => {
  const make = () => bytesOf(zipOf([entry("a.mp3", "a"), entry("b.mp3", "b")]));
  assert.deepEqual(make(), make());
});

test("times outside what a ZIP can say are moved to its bounds", async () => {
  const dated = (date: string) => ({ ...entry(`${date}.txt`, ""), modified: new Date(date) });
  const bytes = bytesOf(zipOf([dated("1969-07-20"), dated("2050-01-02"), dated("2200-01-01")]));
  const members = await listed(await openBuffer(bytes));
  assert.deepEqual(
    members.map((member) => 1980 + (member.entry.lastModFileDate >> 9)),
    [1980, 2050, 2107],
  );
});

for (const name of ["", ".", "..", "a/b", "/a", "a\\b", "../a", "a\0b", "a\nb", "\ud800.mp4"]) {
  test(`the name ${JSON.stringify(name)} is refused`, () => {
    assert.throws(
      () => zipOf([entry(name, "x")]),
      (error) => error instanceof AppError && error.code === "INVALID_OPTION",
    );
  });
}

test("two members of one name are refused", () => {
  assert.throws(() => zipOf([entry("a.mp3", "1"), entry("a.mp3", "2")]), /"a.mp3" is there twice/);
});

test("70,000 members are all listed and sound", async () => {
  const entries = Array.from({ length: 70_000 }, (_, i) => entry(`${i}.mp3`, `content ${i}`));
  const zip = zipOf(entries);
  const bytes = bytesOf(zip);
  assert.equal(bytes.length, zip.size);
  assert.equal(crc32(bytes), zip.crc32);
  const opened = await openBuffer(bytes);
  const members = await listed(opened);
  assert.equal(members.length, 70_000);
  const last = members.at(-1);
  assert.ok(last);
  assert.equal((await contentOf(opened, last.entry)).toString(), "content 69999");
  if (!hasUnzip) return;
  const path = join(folder, "many.zip");
  await writeFile(path, bytes);
  const { stdout } = await run("unzip", ["-tqq", path]);
  assert.equal(stdout.trim(), "");
});

for (const count of [65_534, 65_535, 65_536]) {
  test(`${count} members are counted rightly at the border of ZIP64`, async () => {
    const entries = Array.from({ length: count }, (_, i) => entry(`${i}`, ""));
    const opened = await openBuffer(bytesOf(zipOf(entries)));
    assert.equal(opened.entryCount, count);
  });
}

/** Writes a ZIP's own bytes at their places into a file with holes for the template's. */
async function writeSparse(zip: Rendition, path: string): Promise<void> {
  const file = await open(path, "w");
  let position = 0;
  for (const piece of zip.pieces) {
    if ("bytes" in piece) await file.write(piece.bytes, 0, piece.bytes.length, position);
    position += lengthOf(piece);
  }
  assert.equal(position, zip.size);
  await file.close();
}

const borders = { below: 2 ** 32 - 2, at: 2 ** 32 - 1, above: 2 ** 32 + 5, far: 9 * GB };
for (const [place, size] of Object.entries(borders)) {
  test(`members and offsets ${place} the border of 4 GB are found (${size} bytes)`, async () => {
    const zip = zipOf([
      entry("first.txt", "first"),
      largeEntry("large.mp4", size),
      entry("last.txt", "last"),
      largeEntry("second.mp4", 3 * GB),
      entry("report.csv", "the end"),
    ]);
    const path = join(folder, `${place}.zip`);
    await writeSparse(zip, path);
    const opened = await new Promise<yauzl.ZipFile>((resolve, reject) => {
      yauzl.open(path, { lazyEntries: true, autoClose: false }, (error, file) =>
        error ? reject(error) : resolve(file),
      );
    });
    const members = await listed(opened);
    assert.deepEqual(
      members.map(({ name, size: bytes }) => [name, bytes]),
      [
        ["first.txt", 5],
        ["large.mp4", size],
        ["last.txt", 4],
        ["second.mp4", 3 * GB],
        ["report.csv", 7],
      ],
    );
    for (const [index, content] of [
      [0, "first"],
      [2, "last"],
      [4, "the end"],
    ] as const) {
      const member = members[index];
      assert.ok(member);
      assert.equal((await contentOf(opened, member.entry)).toString(), content);
    }
    opened.close();
    // A size of exactly 2^32 − 1 makes Info-ZIP 6.0 warn, whatever the ZIP64 part says.
    if (hasUnzip && place !== "at") {
      const { stdout } = await run("unzip", ["-p", path, "report.csv"]);
      assert.equal(stdout, "the end");
    }
  });
}
