import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { bytesOf } from "../../test/conformance/object-store.ts";
import { outputArchiveConformance } from "../../test/conformance/output-archive.ts";
import { ownBytes } from "../domain/rendition.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { createLocalObjects, type LocalObjects } from "./local-objects.ts";
import { createLocalTemplates, type LocalTemplates } from "./local-templates.ts";
import { createOutputArchive } from "./output-archive.ts";
import { type MadeUpTemplate, madeUpTemplate } from "./testing/made-up-outputs.ts";

const signal = new AbortController().signal;
let root = "";
let count = 0;
let objects: LocalObjects;
let templates: LocalTemplates;
let made: MadeUpTemplate;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "output-archive-test-"));
  objects = createLocalObjects({ root: newFolder() });
  templates = createLocalTemplates({ root: newFolder() });
  made = await madeUpTemplate({
    folder: templates.templateFolder("t"),
    id: "t",
    sizeBytes: 90_000,
  });
});
after(async () => {
  made.close();
  await rm(root, { recursive: true });
});
const newFolder = () => join(root, String(count++));

outputArchiveConformance("the local disk", async () => {
  const own = createLocalObjects({ root: newFolder() });
  const shelf = createLocalTemplates({ root: newFolder() });
  return {
    archive: createOutputArchive({ objects: own, pathOf: own.pathOf, templates: shelf }),
    objects: own,
    templates: shelf,
    close: async () => {},
  };
});

const outputs = (amount: number) =>
  Array.from({ length: amount }, (_, i) => ({
    file: `${i}.mp4`,
    rendition: made.patched(i),
    template: made.template,
  }));

test("whole files stand where other programs look for them", async () => {
  const archive = createOutputArchive({ objects, pathOf: objects.pathOf, templates });
  await archive.store({ jobId: "j1", keeps: "files", token: "t", outputs: outputs(30), signal });
  const files = await readdir(objects.pathOf("j1/output/videos"));
  assert.deepEqual(
    files.toSorted(),
    outputs(30)
      .map(({ file }) => file)
      .toSorted(),
  );
});

test("a recipient's rendition takes little more than its own bytes on the disk", async () => {
  const archive = createOutputArchive({ objects, pathOf: objects.pathOf, templates });
  const chunk = outputs(50);
  await archive.store({ jobId: "j2", keeps: "renditions", token: "t", outputs: chunk, signal });
  const { size } = await stat(objects.pathOf("j2/output/packs/t.pack"));
  const own = chunk.reduce((sum, { rendition }) => sum + ownBytes(rendition), 0);
  assert.ok(size - own < 50 * 400, `${(size - own) / 50} bytes each`);
});

test("what the renditions of a chunk have in common is on the disk once", async () => {
  const archive = createOutputArchive({ objects, pathOf: objects.pathOf, templates });
  const [output] = outputs(1);
  assert.ok(output);
  const chunk = Array.from({ length: 50 }, (_, i) => ({ ...output, file: `${i}.mp4` }));
  await archive.store({ jobId: "j6", keeps: "renditions", token: "t", outputs: chunk, signal });
  const { size } = await stat(objects.pathOf("j6/output/packs/t.pack"));
  const own = ownBytes(output.rendition);
  assert.ok(size < 3 * own, `${size} bytes for 50 × ${own}`);
});

test("a pack that was damaged or cut short is unreadable, and says which it is", async () => {
  const key = "j7/output/packs/t.pack";
  for (const damage of [
    (bytes: Buffer) => bytes.fill(0, bytes.length >> 1, (bytes.length >> 1) + 4),
    (bytes: Buffer) => bytes.subarray(0, -1),
    () => Buffer.alloc(0),
  ]) {
    const archive = createOutputArchive({ objects, pathOf: objects.pathOf, templates });
    const request = { jobId: "j7", keeps: "renditions", token: "t", signal } as const;
    const [output] = await archive.store({ ...request, outputs: outputs(3) });
    assert.ok(output);
    await objects.put(key, [damage(await readFile(objects.pathOf(key)))]);
    const attempt = bytesOf(archive.read(output, { start: 0, end: output.sizeBytes }));
    await assert.rejects(attempt, { code: "FILE_UNREADABLE", message: /j7\/output\/packs/ });
  }
});

test("ranges of one rendition that follow each other read its pack once", async () => {
  let reads = 0;
  const counting: ObjectStore = {
    ...objects,
    read(key, range) {
      reads++;
      return objects.read(key, range);
    },
  };
  const archive = createOutputArchive({ objects: counting, pathOf: objects.pathOf, templates });
  const [output] = await archive.store({
    jobId: "j3",
    keeps: "renditions",
    token: "t",
    outputs: outputs(1),
    signal,
  });
  assert.ok(output);
  for (let start = 0; start < 90_000; start += 10_000) {
    await bytesOf(archive.read(output, { start, end: start + 10_000 }));
  }
  assert.equal(reads, 1);
});

test("a ZIP reads a member's pack only when its bytes are due", async () => {
  let reads = 0;
  const counting: ObjectStore = {
    ...objects,
    read(key, range) {
      reads++;
      return objects.read(key, range);
    },
  };
  const archive = createOutputArchive({ objects: counting, pathOf: objects.pathOf, templates });
  const stored = await archive.store({
    jobId: "j4",
    keeps: "renditions",
    token: "t",
    outputs: outputs(5),
    signal,
  });
  const zip = archive.zip(stored.map((each, i) => ({ ...each, name: `${i}`, modifiedAt: 0 })));
  const reading = zip.read({ start: 0, end: zip.sizeBytes })[Symbol.asyncIterator]();
  await reading.next();
  assert.equal(reads, 0);
  await reading.next();
  assert.equal(reads, 1);
  await reading.return?.();
  await bytesOf(zip.read({ start: zip.sizeBytes - 100, end: zip.sizeBytes }));
  assert.equal(reads, 1);
});

test("a rendition of a template that is kept elsewhere is refused", async () => {
  const archive = createOutputArchive({ objects, pathOf: objects.pathOf, templates });
  const elsewhere = { ...made.template, folder: newFolder() };
  const attempt = archive.store({
    jobId: "j5",
    keeps: "renditions",
    token: "t",
    outputs: [{ file: "a.mp4", rendition: made.patched(1), template: elsewhere }],
    signal,
  });
  await assert.rejects(attempt, { code: "INTERNAL" });
});
