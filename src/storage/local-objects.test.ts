import assert from "node:assert/strict";
import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { objectStoreConformance } from "../../test/conformance/object-store.ts";
import { withDisk } from "../../test/support/small-disk.ts";
import { createLocalObjects } from "./local-objects.ts";
import { partName } from "./part-name.ts";
import { randomBytesOf } from "./testing/made-up-outputs.ts";

const OBJECT_BYTES = 1_000_000;
const pathTo = (script: string) => fileURLToPath(new URL(`testing/${script}`, import.meta.url));

let root = "";
let count = 0;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "local-objects-test-"));
});
after(() => rm(root, { recursive: true }));
const newRoot = () => join(root, String(count++));
const filesIn = async (folder: string) =>
  (await readdir(folder, { recursive: true })).map((file) => file.replaceAll("\\", "/")).toSorted();

objectStoreConformance("the local disk", async () => ({
  store: createLocalObjects({ root: newRoot() }),
  close: async () => {},
}));

test("an object is the file that its key says, and nothing else is written", async () => {
  const folder = newRoot();
  const objects = createLocalObjects({ root: folder });
  await objects.put("j1/input/base_video.mp4", [Buffer.from("movie")]);
  await objects.put("j1/input/base_video.mp4", [Buffer.from("other")], { ifAbsent: true });
  assert.deepEqual(await filesIn(folder), ["j1", "j1/input", "j1/input/base_video.mp4"]);
  const path = objects.pathOf("j1/input/base_video.mp4");
  assert.equal(path, join(folder, "j1", "input", "base_video.mp4"));
  assert.equal(await readFile(path, "utf8"), "movie");
});

test("whatever is removed or fails leaves no empty folder", async () => {
  const folder = newRoot();
  const objects = createLocalObjects({ root: folder });
  await objects.put("j1/a/b/c.csv", [Buffer.from("c")]);
  await objects.put("j1/a/d.csv", [Buffer.from("d")]);
  await objects.remove("j1/a/b/c.csv");
  assert.deepEqual(await filesIn(folder), ["j1", "j1/a", "j1/a/d.csv"]);
  await objects.removeAll("j1/a/");
  assert.deepEqual(await filesIn(folder), []);
  const failing = objects.put("j2/a/b.csv", [Buffer.from("b")], { signal: AbortSignal.abort() });
  await assert.rejects(failing, { code: "CANCELLED" });
  assert.deepEqual(await filesIn(folder), []);
});

test("an object in the place of a folder, or below an object, cannot be written", async () => {
  const folder = newRoot();
  const objects = createLocalObjects({ root: folder });
  await objects.put("a/b", [Buffer.from("b")]);
  for (const key of ["a", "a/b/c"]) {
    for (const ifAbsent of [false, true]) {
      const attempt = objects.put(key, [Buffer.from("x")], { ifAbsent });
      await assert.rejects(attempt, { code: "OUTPUT_UNWRITABLE" }, `${key} ${ifAbsent}`);
    }
  }
  assert.deepEqual(await filesIn(folder), ["a", "a/b"]);
});

test("other files below the root are neither listed nor removed as parts", async () => {
  const folder = newRoot();
  const objects = createLocalObjects({ root: folder });
  await objects.put("j1/a.csv", [Buffer.from("a")]);
  const others = [".hidden", "film.mp4.part", "j1/.a.csv.swp", "two words.txt"];
  for (const file of others) await writeFile(join(folder, file), "x");
  const listed = (await Array.fromAsync(objects.list(""))).map(({ key }) => key);
  assert.deepEqual(listed.toSorted(), ["film.mp4.part", "j1/a.csv"]);
  assert.equal(await objects.removeAbandonedParts(), 0);
  assert.deepEqual(await filesIn(folder), [...others, "j1", "j1/a.csv"].toSorted());
});

test("parts of ended processes are removed wherever they lie, those of running ones stay", async () => {
  const folder = newRoot();
  const objects = createLocalObjects({ root: folder });
  await objects.put("j1/a/b.csv", [Buffer.from("b")]);
  const ended = partName().replace(/-[0-9a-f]{12}-/, "-000000000000-");
  await writeFile(join(folder, "j1/a", ended), "half");
  await mkdir(join(folder, ended));
  await writeFile(join(folder, ended, "c.csv"), "of a folder that was being removed");
  const own = partName();
  await writeFile(join(folder, "j1/a", own), "half");
  assert.equal(await objects.removeAbandonedParts(), 2);
  assert.deepEqual(await filesIn(folder), ["j1", "j1/a", `j1/a/${own}`, "j1/a/b.csv"].toSorted());
});

test("after kills at any point every visible object is whole", async () => {
  const folder = newRoot();
  let seen = 0;
  for (const kill of [1, 10, 25]) {
    const child = fork(pathTo("put-until-killed.ts"), [folder, String(OBJECT_BYTES)]);
    let told = 0;
    child.on("message", () => {
      if (++told === kill) child.kill("SIGKILL");
    });
    const [, signal] = await once(child, "exit");
    assert.equal(signal, "SIGKILL");
    const objects = createLocalObjects({ root: folder });
    for await (const { key, sizeBytes } of objects.list("")) {
      const bytes = await readFile(objects.pathOf(key));
      assert.equal(sizeBytes, 4 + OBJECT_BYTES, key);
      assert.ok(bytes.subarray(4).equals(randomBytesOf(bytes.readUInt32LE(), OBJECT_BYTES)), key);
      seen++;
    }
  }
  assert.ok(seen > 3, `${seen} objects`);
  await createLocalObjects({ root: folder }).removeAbandonedParts();
  const left = await filesIn(folder);
  assert.ok(left.length > 0 && left.every((file) => !file.endsWith(".part")), left.join(" "));
});

test("a full disk refuses an object or an output by name and keeps no half of it", async (t) => {
  const folder = newRoot();
  await mkdir(folder);
  const disk = withDisk(folder, "size=1m");
  if (!disk) return t.skip("nobody may mount a disk here");
  const [program = "", ...words] = disk;
  const script = [process.execPath, pathTo("fill-disk.ts"), join(folder, "data"), newRoot()];
  const { stdout } = await promisify(execFile)(program, [...words, '"$@"', ...script]);
  const { ends, files, sizes, free } = JSON.parse(stdout);
  const full = "DISK_FULL";
  assert.deepEqual(ends, { objects: full, ifAbsent: full, files: full, renditions: full });
  assert.ok(free < 300_000, `${free}`);
  assert.deepEqual(files.toSorted(), sizes.map(([key]: [string]) => key).toSorted());
  for (const [key, size] of sizes) {
    // Two equal outputs, of which a pack holds the own bytes compressed together.
    assert.ok(key.endsWith(".pack") ? size > 17 * 1024 : size === 300_000, `${key} ${size}`);
  }
});
