import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AppError, type ErrorCode } from "../domain/app-error.ts";
import type { Rendition } from "../domain/rendition.ts";
import { loadRendition, saveRendition } from "./rendition-file.ts";

const template = { id: "0a1b2c", file: "template.mp4", sizeBytes: 1000 };
const rendition: Rendition = {
  pieces: [
    { template: template.id, offset: 0, length: 100 },
    { bytes: Buffer.from("own\nbytes") },
    { template: template.id, offset: 109, length: 891 },
    { bytes: Buffer.from("end") },
  ],
  size: 1003,
  crc32: 0xfedcba98,
  mediaType: "video/mp4",
};
let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "rendition-file-test-"));
});
after(() => rm(root, { recursive: true }));

const failsWith = (code: ErrorCode) => (error: unknown) =>
  error instanceof AppError && error.code === code;

async function savedBytes(): Promise<Buffer> {
  const path = join(root, "sound.rendition");
  await saveRendition({ rendition, template, path });
  return readFile(path);
}

test("a stored rendition is loaded as it was", async () => {
  const path = join(root, "Amit.mp4.rendition");
  const { bytes } = await saveRendition({ rendition, template, path });
  const loaded = await loadRendition(path);
  assert.deepEqual(loaded.rendition, rendition);
  assert.deepEqual(loaded.template, template);
  assert.equal((await readFile(path)).length, bytes);
  assert.ok((await readdir(root)).every((name) => !name.endsWith(".part")));
});

test("a rendition of large templates beyond 4 GB keeps its offsets", async () => {
  const path = join(root, "large.rendition");
  const size = 2 ** 40;
  const large: Rendition = {
    ...rendition,
    pieces: [{ template: template.id, offset: 2 ** 39, length: size }],
    size,
  };
  await saveRendition({ rendition: large, template: { ...template, sizeBytes: 2 ** 41 }, path });
  assert.deepEqual((await loadRendition(path)).rendition, large);
});

test("a rendition cut short anywhere, or with a byte too many, is unreadable", async () => {
  const bytes = await savedBytes();
  const path = join(root, "cut.rendition");
  for (let length = 0; length < bytes.length; length++) {
    await writeFile(path, bytes.subarray(0, length));
    await assert.rejects(loadRendition(path), failsWith("FILE_UNREADABLE"), `${length} bytes`);
  }
  await writeFile(path, Buffer.concat([bytes, Buffer.from("x")]));
  await assert.rejects(loadRendition(path), failsWith("FILE_UNREADABLE"));
});

const sound = {
  version: 1,
  template,
  size: 103,
  crc32: 1,
  mediaType: "video/mp4",
  pieces: [[0, 100], [3]] as unknown,
};
const hostile: Record<string, object> = {
  "of another version": { version: 2 },
  "with a template id that leads out of its folder": { template: { ...template, id: "../../etc" } },
  "with a template file in another folder": { template: { ...template, file: "../passwd" } },
  "with an absolute template file": { template: { ...template, file: "/etc/passwd" } },
  "with a piece beyond its template": { pieces: [[901, 100], [3]] },
  "with a piece that overflows its bounds": { pieces: [[2 ** 53 - 1, 2 ** 53 - 1], [3]] },
  "with a negative offset": { pieces: [[-1, 100], [3]] },
  "with a negative length": { pieces: [[0, 200], [0, -100], [3]] },
  "with a fractional length": { pieces: [[0, 99.5], [3.5]] },
  "with more of its own bytes than it has": { pieces: [[0, 99], [4]] },
  "with fewer of its own bytes than it has": { pieces: [[0, 101], [2]] },
  "of another size than its pieces": { size: 104 },
  "with a header in its media type": { mediaType: "video/mp4\r\nSet-Cookie: a=b" },
  "with a CRC beyond 32 bits": { crc32: 2 ** 32 },
  "whose pieces are none": { pieces: "all" },
};

async function writeLine(line: object): Promise<string> {
  const path = join(root, "line.rendition");
  await writeFile(path, `${JSON.stringify(line)}\nown`);
  return path;
}

test("the rendition that the hostile ones are made from is loaded", async () => {
  const loaded = await loadRendition(await writeLine(sound));
  assert.equal(loaded.rendition.size, 103);
});

for (const [title, change] of Object.entries(hostile)) {
  test(`a rendition ${title} is unreadable`, async () => {
    const path = await writeLine({ ...sound, ...change });
    await assert.rejects(loadRendition(path), failsWith("FILE_UNREADABLE"));
  });
}

test("a folder is no rendition, and a missing one is not found", async () => {
  await assert.rejects(loadRendition(root), failsWith("FILE_UNREADABLE"));
  await assert.rejects(loadRendition(join(root, "none")), failsWith("FILE_NOT_FOUND"));
});

test("a rendition of two templates cannot be stored", async () => {
  const two: Rendition = {
    ...rendition,
    pieces: [...rendition.pieces, { template: "other", offset: 0, length: 1 }],
  };
  const path = join(root, "two.rendition");
  await assert.rejects(saveRendition({ rendition: two, template, path }), failsWith("INTERNAL"));
});
