import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { crc32 } from "../media/crc32.ts";
import { createOutputFolder } from "./output-folder.ts";
import { loadRendition } from "./rendition-file.ts";
import { type MadeUpTemplate, madeUpTemplate } from "./testing/made-up-outputs.ts";

const TEMPLATE_BYTES = 4_000_000;
const NAMES = 8;
const OUTPUTS = 60;
const CHILD = fileURLToPath(new URL("testing/publish-until-killed.ts", import.meta.url));
/** After how many finished outputs each child is killed. */
const KILLS = [0, 2, 5, 14];

let root = "";
let reference: MadeUpTemplate;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "kill-safety-test-"));
  reference = await madeUpTemplate({ folder: join(root, "same"), sizeBytes: TEMPLATE_BYTES });
});
after(async () => {
  reference.close();
  await rm(root, { recursive: true });
});

function publisher(folder: string, keep: "files" | "renditions"): ChildProcess {
  return fork(CHILD, [folder, keep, String(NAMES), String(TEMPLATE_BYTES), String(OUTPUTS)]);
}

/** Kills a child at once when it has told of `finished` outputs. */
async function killAfter(child: ChildProcess, finished: number): Promise<void> {
  let told = -1; // "ready" comes before the first output
  child.on("message", () => {
    if (++told === finished) child.kill("SIGKILL");
  });
  const [, signal] = await once(child, "exit");
  assert.equal(signal, "SIGKILL");
}

/** Every output that can be seen, with the CRC-32 of all its bytes. */
async function visibleFiles(folder: string): Promise<Map<string, number>> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith("."));
  const crcs = new Map<string, number>();
  for (const name of names) crcs.set(name, crc32(await readFile(join(folder, name))));
  return crcs;
}

/** The CRC-32s of what the publishers can have written for `seed`. */
const crcOfSeed = (seed: number): number =>
  (seed % 3 === 0 ? reference.moved(seed) : reference.patched(seed)).crc32;

test("after kills at any point every visible file is whole and every record is true", async () => {
  const folder = join(root, "files");
  const seeds: number[] = [];
  for (const kill of KILLS) {
    // Two at a time, one of which outlives the other by a few outputs.
    const children = [publisher(folder, "files"), publisher(folder, "files")];
    for (const child of children) {
      for (let i = 0; i < OUTPUTS; i++) seeds.push((child.pid ?? 0) * 1000 + i);
    }
    await Promise.all(children.map((child, index) => killAfter(child, kill + 3 * index)));
  }
  const possible = new Set(seeds.map(crcOfSeed));
  const visible = await visibleFiles(folder);
  assert.ok(visible.size >= NAMES / 2, `${visible.size} files`);
  for (const [name, crc] of visible) assert.ok(possible.has(crc), `${name} is no whole output`);

  const output = await createOutputFolder({ folder, keep: "files" });
  const finished = await output.finished();
  assert.ok(finished.size > 0);
  for (const [key, record] of finished) {
    assert.equal(visible.get(record.file), crcOfSeed(Number(key)));
  }
  await output.removePartFiles();
  const left = await readdir(folder);
  assert.deepEqual(left.toSorted(), [".vocative", ...visible.keys()].toSorted());
});

test("renditions survive kills whole as well", async () => {
  const folder = join(root, "renditions");
  for (const kill of [0, 25]) await killAfter(publisher(folder, "renditions"), kill);
  const names = (await readdir(folder)).filter((name) => name.endsWith(".rendition"));
  assert.ok(names.length >= NAMES / 2, `${names.length} renditions`);
  for (const name of names) await loadRendition(join(folder, name));
  const output = await createOutputFolder({ folder, keep: "renditions" });
  const finished = await output.finished();
  assert.ok(finished.size > 0);
  for (const [key, { file }] of finished) {
    const { rendition } = await loadRendition(join(folder, `${file}.rendition`));
    assert.equal(rendition.crc32, crcOfSeed(Number(key)));
  }
  await output.removePartFiles();
  assert.ok((await readdir(folder)).every((name) => !name.endsWith(".part")));
});
