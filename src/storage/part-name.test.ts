import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { partName, removeAbandoned, removeFolder } from "./part-name.ts";

let root = "";
let count = 0;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "part-name-test-"));
});
after(() => rm(root, { recursive: true }));

async function folderWith(files: string[]): Promise<string> {
  const folder = join(root, String(count++));
  await mkdir(folder);
  for (const file of files) await writeFile(join(folder, file), "half");
  return folder;
}

/** A number no running process has. */
async function endedProcess(): Promise<number> {
  const child = fork("", [], { execArgv: ["--eval", "0"] });
  await once(child, "exit");
  return child.pid ?? 0;
}

/** `name` as a process with another number would have made it. */
const madeBy = (pid: number, name: string) => name.replace(`-${process.pid}-`, `-${pid}-`);

/** As an earlier process that had this process's number would have made it. */
const ofFormerRun = (name: string) => name.replace(/-[0-9a-f]{12}-/, "-000000000000-");

const twoHoursAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);

test("names are all different, hidden and end in .part", () => {
  const names = Array.from({ length: 100 }, () => partName());
  assert.equal(new Set(names).size, 100);
  for (const name of names) assert.match(name, /^\..+\.part$/);
  assert.match(partName("0a1b"), /^0a1b\..+\.part$/);
});

test("what ended processes left is deleted, what running ones write stays", async () => {
  const ended = madeBy(await endedProcess(), partName());
  const former = ofFormerRun(partName());
  const own = partName();
  const parents = madeBy(process.ppid, partName());
  const elsewhere = partName().replace(/-[0-9a-f]{8}-/, "-ffffffff-");
  const folder = await folderWith([ended, former, own, parents, elsewhere]);
  assert.equal(await removeAbandoned(folder, { foreign: false }), 2);
  assert.deepEqual((await readdir(folder)).toSorted(), [own, parents, elsewhere].toSorted());
});

test("what another machine did not write to for an hour is deleted", async () => {
  const elsewhere = partName().replace(/-[0-9a-f]{8}-/, "-ffffffff-");
  const folder = await folderWith([elsewhere]);
  await utimes(join(folder, elsewhere), twoHoursAgo, twoHoursAgo);
  assert.equal(await removeAbandoned(folder, { foreign: false }), 1);
});

test("files of other programs that end in .part stay, however old", async () => {
  const others = ["film.mp4.part", ".hidden.part", `x${ofFormerRun(partName())}`, "a.mp4"];
  const folder = await folderWith(others);
  for (const file of others) await utimes(join(folder, file), twoHoursAgo, twoHoursAgo);
  assert.equal(await removeAbandoned(folder, { foreign: false }), 0);
  assert.deepEqual((await readdir(folder)).toSorted(), others.toSorted());
});

test("in a folder of our own any .part that nothing was written to for an hour is deleted", async () => {
  const folder = await folderWith(["fresh.part", "template"]);
  for (const name of ["old.part", "busy.part"]) {
    await mkdir(join(folder, name));
    const file = join(folder, name, "template.mp4");
    await writeFile(file, "half");
    if (name === "old.part") await utimes(file, twoHoursAgo, twoHoursAgo);
    await utimes(join(folder, name), twoHoursAgo, twoHoursAgo);
  }
  assert.equal(await removeAbandoned(folder, { foreign: true }), 1);
  assert.deepEqual((await readdir(folder)).toSorted(), ["busy.part", "fresh.part", "template"]);
});

test("a folder of an ended compile is deleted at once", async () => {
  const folder = await folderWith([]);
  const name = madeBy(await endedProcess(), partName("0a1b2c"));
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, "template.mp4"), "half");
  assert.equal(await removeAbandoned(folder, { foreign: true }), 1);
  assert.deepEqual(await readdir(folder), []);
});

test("a missing folder has nothing abandoned in it", async () => {
  assert.equal(await removeAbandoned(join(root, "none"), { foreign: true }), 0);
});

test("a folder is removed with its contents, and a missing one is no error", async () => {
  const folder = await folderWith(["a", "b"]);
  await removeFolder(folder);
  await removeFolder(folder);
  const names = await readdir(root);
  assert.ok(names.every((name) => !name.endsWith(".part")));
  assert.ok(!names.includes(String(count - 1)));
});
