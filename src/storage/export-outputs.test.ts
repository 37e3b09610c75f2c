import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, open, readdir, readFile, rename, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { unzip } from "../../test/support/unzip.ts";
import { AppError, type ErrorCode } from "../domain/app-error.ts";
import type { Rendition } from "../domain/rendition.ts";
import { exportFiles, exportZip } from "./export-outputs.ts";
import { createOutputFolder } from "./output-folder.ts";
import {
  doneRecord,
  type MadeUpTemplate,
  madeUpTemplate,
  wholeFile,
} from "./testing/made-up-outputs.ts";

let root = "";
let count = 0;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "export-outputs-test-"));
});
after(() => rm(root, { recursive: true }));

const failsWith =
  (code: ErrorCode, message = /./) =>
  (error: unknown) =>
    error instanceof AppError && error.code === code && message.test(error.message);
const newPath = () => join(root, `out-${count++}`);

type Kept = { folder: string; templates: MadeUpTemplate[]; whole: Map<string, Buffer> };

/** Three outputs of two templates, with their report. */
async function campaign(): Promise<Kept> {
  const folder = newPath();
  const output = await createOutputFolder({ folder, keep: "renditions" });
  const templates: MadeUpTemplate[] = [];
  for (const [id, sizeBytes] of Object.entries({ one: 1_500_000, two: 50_000 })) {
    templates.push(await madeUpTemplate({ folder: output.templateFolder(id), id, sizeBytes }));
  }
  const [one, two] = templates;
  assert.ok(one && two);
  const whole = new Map<string, Buffer>();
  const add = async (file: string, rendition: Rendition, made: MadeUpTemplate) => {
    await output.publish(file, rendition, made.template);
    await output.record(doneRecord(file, rendition));
    whole.set(file, wholeFile(rendition, made.bytes));
  };
  await add("Zoë.mp4", one.patched(1), one);
  await add("अमित.mp4", one.moved(2), one);
  await add("Ann.mp3", two.patched(3), two);
  await output.writeReport([doneRecord("Ann.mp3", two.patched(3))]);
  await output.close();
  for (const made of templates) made.close();
  return { folder, templates, whole };
}

test("all renditions become whole files", async () => {
  const { folder, whole } = await campaign();
  const outdir = join(newPath(), "deeper");
  const { files, bytes } = await exportFiles({ folder, outdir });
  assert.deepEqual(files, ["Ann.mp3", "Zoë.mp4", "अमित.mp4"]);
  assert.equal(
    bytes,
    [...whole.values()].reduce((sum, file) => sum + file.length, 0),
  );
  assert.deepEqual((await readdir(outdir)).toSorted(), files);
  for (const [file, content] of whole) {
    assert.ok((await readFile(join(outdir, file))).equals(content), file);
  }
});

test("only the outputs that are named are exported", async () => {
  const { folder } = await campaign();
  const outdir = newPath();
  await exportFiles({ folder, outdir, names: ["अमित.mp4"] });
  assert.deepEqual(await readdir(outdir), ["अमित.mp4"]);
  const zip = `${newPath()}.zip`;
  await exportZip({ folder, zip, names: ["Zoë.mp4", "Ann.mp3"] });
  assert.deepEqual([...(await unzip(zip)).keys()], ["Zoë.mp4", "Ann.mp3", "report.csv"]);
});

test("the ZIP has every file and the report, and is as large as was said", async () => {
  const { folder, whole } = await campaign();
  const zip = `${newPath()}.zip`;
  const { files, bytes } = await exportZip({ folder, zip });
  const content = await readFile(zip);
  assert.equal(content.length, bytes);
  const contents = await unzip(zip);
  assert.deepEqual([...contents.keys()], [...files, "report.csv"]);
  for (const [file, expected] of whole) assert.ok(contents.get(file)?.equals(expected), file);
  assert.deepEqual(contents.get("report.csv"), await readFile(join(folder, "report.csv")));
  const again = `${newPath()}.zip`;
  await exportZip({ folder, zip: again });
  assert.ok((await readFile(again)).equals(content));
  const tested = await promisify(execFile)("unzip", ["-tqq", zip]).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { stdout: "" };
    throw error;
  });
  assert.equal(tested.stdout.trim(), "");
});

test("a missing template is named, and nothing is written", async () => {
  const { folder } = await campaign();
  await rename(join(folder, ".vocative/templates/two"), newPath());
  const [outdir, zip] = [newPath(), `${newPath()}.zip`];
  const isNamed = failsWith("FILE_NOT_FOUND", /template two that Ann\.mp3 needs is missing/);
  await assert.rejects(exportFiles({ folder, outdir }), isNamed);
  await assert.rejects(exportZip({ folder, zip }), isNamed);
  const names = await readdir(root);
  assert.ok(!names.some((name) => outdir.endsWith(name) || zip.endsWith(name)));
  await exportFiles({ folder, outdir, names: ["Zoë.mp4"] });
});

test("a damaged template ends the export with the output's name and no half file", async () => {
  const { folder, templates } = await campaign();
  const path = templates[0]?.template.file ?? "";
  const file = await open(path, "r+");
  await file.write(Buffer.from("damage"), 0, 6, 700);
  await file.close();
  const isNamed = failsWith("FILE_UNREADABLE", /Zoë\.mp4 has the CRC-32/);
  const [outdir, zip] = [newPath(), `${newPath()}.zip`];
  await assert.rejects(exportFiles({ folder, outdir, names: ["Zoë.mp4"] }), isNamed);
  assert.deepEqual(await readdir(outdir), []);
  await assert.rejects(exportZip({ folder, zip }), isNamed);
  assert.ok((await readdir(root)).every((name) => !name.endsWith(".part") && !zip.endsWith(name)));
  await truncate(path, 1000);
  await assert.rejects(exportZip({ folder, zip }), failsWith("FILE_UNREADABLE", /1000 bytes/));
});

test("an output that does not exist is named", async () => {
  const { folder } = await campaign();
  for (const name of ["Nobody.mp4", "../Ann.mp3"]) {
    await assert.rejects(
      exportFiles({ folder, outdir: newPath(), names: [name] }),
      failsWith("FILE_NOT_FOUND", new RegExp(name.replaceAll(".", "\\."))),
    );
  }
});

test("a folder without renditions, or no folder, is an error", async () => {
  const folder = newPath();
  await createOutputFolder({ folder, keep: "renditions" });
  for (const each of [folder, newPath()]) {
    await assert.rejects(
      exportFiles({ folder: each, outdir: newPath() }),
      failsWith("FILE_NOT_FOUND"),
    );
    await assert.rejects(
      exportZip({ folder: each, zip: `${newPath()}.zip` }),
      failsWith("FILE_NOT_FOUND"),
    );
  }
});

test("a cancelled export leaves no ZIP", async () => {
  const { folder } = await campaign();
  const zip = `${newPath()}.zip`;
  const attempt = exportZip({ folder, zip, signal: AbortSignal.abort() });
  await assert.rejects(attempt, failsWith("CANCELLED"));
  assert.ok((await readdir(root)).every((name) => !zip.endsWith(name)));
});
