import assert from "node:assert/strict";
import {
  appendFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AppError, type ErrorCode } from "../domain/app-error.ts";
import type { Rendition } from "../domain/rendition.ts";
import { crc32 } from "../media/crc32.ts";
import { createOutputFolder, type OutputFolder } from "./output-folder.ts";
import { loadRendition } from "./rendition-file.ts";
import {
  doneRecord,
  type MadeUpTemplate,
  madeUpTemplate,
  wholeFile,
} from "./testing/made-up-outputs.ts";

const modes = ["files", "renditions"] as const;
let root = "";
let count = 0;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "output-folder-test-"));
});
const opened: { close(): unknown }[] = [];
after(async () => {
  for (const each of opened) await each.close();
  await rm(root, { recursive: true });
});

async function openFolder(folder: string, keep: "files" | "renditions"): Promise<OutputFolder> {
  const output = await createOutputFolder({ folder, keep });
  opened.push(output);
  return output;
}

const failsWith = (code: ErrorCode) => (error: unknown) =>
  error instanceof AppError && error.code === code;

async function fixture(
  keep: "files" | "renditions",
): Promise<{ folder: string; output: OutputFolder; made: MadeUpTemplate }> {
  const folder = join(root, `new-${count++}`, "deeper");
  const output = await openFolder(folder, keep);
  const made = await madeUpTemplate({
    folder: output.templateFolder("0a1b2c"),
    sizeBytes: 100_000,
  });
  opened.push(made);
  return { folder, output, made };
}

/** Publishes and records one output. */
async function finish(
  { output, made }: { output: OutputFolder; made: MadeUpTemplate },
  file: string,
  rendition: Rendition,
): Promise<string> {
  await output.publish(file, rendition, made.template);
  const record = doneRecord(file, rendition);
  await output.record(record);
  return record.key;
}

const visible = async (folder: string) =>
  (await readdir(folder)).filter((name) => name !== ".vocative").toSorted();

for (const keep of modes) {
  const storedName = (file: string) => (keep === "files" ? file : `${file}.rendition`);

  test(`${keep}: a published output is there whole and alone`, async () => {
    const { folder, output, made } = await fixture(keep);
    const rendition = made.patched(1);
    await output.publish("अमित.mp4", rendition, made.template);
    assert.equal(output.keeps, keep);
    assert.deepEqual(await visible(folder), [storedName("अमित.mp4")]);
    if (keep === "files") {
      const bytes = await readFile(join(folder, "अमित.mp4"));
      assert.ok(bytes.equals(wholeFile(rendition, made.bytes)));
    } else {
      const stored = await loadRendition(join(folder, "अमित.mp4.rendition"));
      assert.deepEqual(wholeFile(stored.rendition, made.bytes), wholeFile(rendition, made.bytes));
      assert.equal(stored.template.id, made.template.id);
    }
  });

  test(`${keep}: a later run knows what an earlier one finished`, async () => {
    const { folder, output, made } = await fixture(keep);
    const rendition = made.patched(1);
    const key = await finish({ output, made }, "a.mp4", rendition);
    await output.publish("not-recorded.mp4", made.patched(2), made.template);
    await output.close();
    const later = await openFolder(folder, keep);
    assert.deepEqual(await later.finished(), new Map([[key, doneRecord("a.mp4", rendition)]]));
  });

  test(`${keep}: an output that was deleted or cut short is not finished`, async () => {
    const { folder, output, made } = await fixture(keep);
    await finish({ output, made }, "deleted.mp4", made.patched(1));
    await finish({ output, made }, "cut.mp4", made.patched(2));
    const key = await finish({ output, made }, "whole.mp4", made.patched(3));
    await rm(join(folder, storedName("deleted.mp4")));
    await writeFile(join(folder, storedName("cut.mp4")), "cut");
    assert.deepEqual([...(await output.finished()).keys()], [key]);
  });

  test(`${keep}: an output that was replaced and not recorded is not finished`, async () => {
    const { folder, output, made } = await fixture(keep);
    await finish({ output, made }, "a.mp4", made.patched(1));
    const { size } = await stat(join(folder, storedName("a.mp4")));
    await output.publish("a.mp4", made.patched(2), made.template);
    await output.close();
    const later = await openFolder(folder, keep);
    assert.equal((await later.finished()).size, 0);
    if (keep === "files") assert.equal((await stat(join(folder, "a.mp4"))).size, size);
  });

  test(`${keep}: a copied folder with new file times is still finished`, async () => {
    const { folder, output, made } = await fixture(keep);
    const key = await finish({ output, made }, "a.mp4", made.patched(1));
    await output.close();
    const copy = join(root, `copy-${count++}`);
    await cp(folder, copy, { recursive: true });
    await utimes(join(copy, storedName("a.mp4")), 1_000_000_000, 1_000_000_000);
    const later = await openFolder(copy, keep);
    assert.deepEqual([...(await later.finished()).keys()], [key]);
  });

  test(`${keep}: an output changed in place is not finished`, async () => {
    const { folder, output, made } = await fixture(keep);
    await finish({ output, made }, "a.mp4", made.patched(1));
    const path = join(folder, storedName("a.mp4"));
    const bytes = await readFile(path);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    await writeFile(path, bytes);
    await utimes(path, 1_000_000_000, 1_000_000_000);
    assert.equal((await output.finished()).size, 0);
  });

  test(`${keep}: outputs kept in the other form are not finished, and give way`, async () => {
    const { folder, output, made } = await fixture(keep);
    await finish({ output, made }, "a.mp4", made.patched(1));
    await output.close();
    const other = await openFolder(folder, keep === "files" ? "renditions" : "files");
    assert.equal((await other.finished()).size, 0);
    await finish({ output: other, made }, "a.mp4", made.patched(2));
    assert.deepEqual(await visible(folder), [keep === "files" ? "a.mp4.rendition" : "a.mp4"]);
    assert.equal((await other.finished()).size, 1);
  });

  test(`${keep}: two hundred outputs published at once are all whole`, async () => {
    const { folder, output, made } = await fixture(keep);
    const seeds = [...Array(200).keys()];
    await Promise.all(
      seeds.map((seed) => {
        const rendition = seed % 2 === 0 ? made.patched(seed) : made.moved(seed);
        return finish({ output, made }, `${seed}.mp4`, rendition);
      }),
    );
    assert.equal((await visible(folder)).length, 200);
    assert.equal((await output.finished()).size, 200);
    if (keep === "files") {
      for (const seed of seeds) {
        const { crc32: crc } = seed % 2 === 0 ? made.patched(seed) : made.moved(seed);
        assert.equal(crc32(await readFile(join(folder, `${seed}.mp4`))), crc);
      }
    }
  });
}

for (const order of [
  [1, 2],
  [2, 1],
]) {
  test(`two outputs published under one name at once, recorded as ${order}, leave no false record`, async () => {
    const { folder, output, made } = await fixture("files");
    const renditions = [0, 1, 2].map((seed) => made.patched(seed));
    const [former, ...both] = renditions;
    assert.ok(former);
    await finish({ output, made }, "a.mp4", former);
    await Promise.all(both.map((each) => output.publish("a.mp4", each, made.template)));
    for (const seed of order) {
      const rendition = renditions[seed];
      assert.ok(rendition);
      await output.record(doneRecord("a.mp4", rendition));
      const visibleCrc = crc32(await readFile(join(folder, "a.mp4")));
      for (const key of (await output.finished()).keys()) {
        assert.equal(key, `key of a.mp4 ${visibleCrc}`);
      }
    }
  });
}

test("an output that could not be published at first is finished when a second try is recorded", async () => {
  const { output, made } = await fixture("files");
  const missing = { ...made.template, file: join(root, "none.mp4") };
  await assert.rejects(output.publish("a.mp4", made.patched(1), missing));
  const key = await finish({ output, made }, "a.mp4", made.patched(1));
  assert.deepEqual([...(await output.finished()).keys()], [key]);
});

test("a file published and recorded again later is finished with its new record", async () => {
  const { output, made } = await fixture("files");
  await finish({ output, made }, "a.mp4", made.patched(1));
  const key = await finish({ output, made }, "a.mp4", made.patched(2));
  assert.deepEqual([...(await output.finished()).keys()], [key]);
});

test("what was skipped or failed is not finished", async () => {
  const { output, made } = await fixture("files");
  const rendition = made.patched(1);
  await output.publish("a.mp4", rendition, made.template);
  await output.record(doneRecord("a.mp4", rendition, { state: "failed", reason: "no" }));
  await output.record(doneRecord("", rendition, { state: "skipped", reason: "no name" }));
  assert.equal((await output.finished()).size, 0);
});

test("an output that was never published cannot be recorded", async () => {
  const { output, made } = await fixture("files");
  const record = doneRecord("a.mp4", made.patched(1));
  await assert.rejects(output.record(record), failsWith("INTERNAL"));
});

test("an output of an earlier run can be recorded again, such as for another row", async () => {
  const { folder, output, made } = await fixture("files");
  const rendition = made.patched(1);
  const key = await finish({ output, made }, "a.mp4", rendition);
  await output.close();
  const later = await openFolder(folder, "files");
  await later.finished();
  await later.record(doneRecord("a.mp4", rendition, { row: 9 }));
  assert.equal((await later.finished()).get(key)?.row, 9);
});

test("a rendition whose template is gone is not finished", async () => {
  const { output, made } = await fixture("renditions");
  await finish({ output, made }, "a.mp4", made.patched(1));
  await rm(made.template.folder, { recursive: true });
  assert.equal((await output.finished()).size, 0);
});

test("a rendition cannot be kept apart from its template", async () => {
  const { output } = await fixture("renditions");
  const elsewhere = await madeUpTemplate({ folder: join(root, "elsewhere"), sizeBytes: 1000 });
  const attempt = output.publish("a.mp4", elsewhere.patched(1), elsewhere.template);
  await assert.rejects(attempt, failsWith("INTERNAL"));
  opened.push(elsewhere);
});

for (const file of ["", "..", "../a.mp4", "a/b.mp4", "a\\b.mp4", ".hidden", "Report.csv", "a\0b"]) {
  test(`no output can be called ${JSON.stringify(file)}`, async () => {
    const { folder, output, made } = await fixture("files");
    const attempt = output.publish(file, made.patched(1), made.template);
    await assert.rejects(attempt, failsWith("OUTPUT_UNWRITABLE"));
    assert.deepEqual(await visible(folder), []);
  });
}

test("the report replaces an older one at once", async () => {
  const { folder, output, made } = await fixture("files");
  await output.writeReport([]);
  await output.writeReport([doneRecord("a.mp4", made.patched(1))]);
  const report = await readFile(join(folder, "report.csv"), "utf8");
  assert.match(report, /^\ufeffrow,name,.*\r\n2,a,a\.mp4,done,/);
  assert.deepEqual(await visible(folder), ["report.csv"]);
});

test("a file in the folder's place, or above it, is an error that names it", async () => {
  const file = join(root, "file");
  await writeFile(file, "");
  for (const folder of [file, join(file, "inside")]) {
    await assert.rejects(createOutputFolder({ folder, keep: "files" }), (error: Error) => {
      assert.ok(error.message.includes(folder));
      return failsWith("OUTPUT_UNWRITABLE")(error);
    });
  }
});

test("a folder that may not be written to is an error", {
  skip: process.getuid?.() === 0 || process.platform === "win32",
}, async () => {
  const folder = join(root, "read-only");
  await mkdir(folder, { mode: 0o555 });
  const attempt = createOutputFolder({ folder, keep: "files" });
  await assert.rejects(attempt, failsWith("OUTPUT_UNWRITABLE"));
});

test("templates that no rendition needs are removed, the others stay", async () => {
  const { output, made } = await fixture("renditions");
  const unused = await madeUpTemplate({
    folder: output.templateFolder("unused"),
    id: "unused",
    sizeBytes: 1000,
  });
  await mkdir(output.templatePartFolder("compiling"));
  await finish({ output, made }, "a.mp4", made.patched(1));
  await output.removeTemplates();
  const left = await readdir(join(output.folder, ".vocative", "templates"));
  assert.equal(left.length, 2);
  assert.ok(left.includes("0a1b2c"));
  assert.ok(left.some((name) => name.startsWith("compiling.")));
  opened.push(unused);
});

test("all templates are removed where whole files are kept", async () => {
  const { folder, output, made } = await fixture("files");
  const key = await finish({ output, made }, "a.mp4", made.patched(1));
  await output.removeTemplates();
  assert.deepEqual(await readdir(join(folder, ".vocative", "templates")), []);
  assert.deepEqual([...(await output.finished()).keys()], [key]);
});

test("leftovers of former runs are removed, all else stays", async () => {
  const { folder, output, made } = await fixture("files");
  await finish({ output, made }, "a.mp4", made.patched(1));
  const former = (path: string) => path.replace(/-[0-9a-f]{12}-/, "-000000000000-");
  const compile = output.templatePartFolder("compiling");
  await mkdir(compile);
  await mkdir(former(output.templatePartFolder("killed")));
  const part = `.${compile.replace(/^.*compiling\./, "")}`;
  await writeFile(join(folder, part), "being written");
  await writeFile(join(folder, former(part)), "left over");
  await appendFile(join(folder, "film.part"), "a browser's");
  await output.removePartFiles();
  assert.deepEqual(await visible(folder), [part, "a.mp4", "film.part"].toSorted());
  const templates = await readdir(join(folder, ".vocative", "templates"));
  assert.equal(templates.length, 2);
  assert.ok(templates.every((name) => !name.startsWith("killed")));
});

test("the id of a template never leads out of its folder", async () => {
  const { output } = await fixture("files");
  for (const id of ["", "..", "../x", "a/b"]) {
    assert.throws(() => output.templateFolder(id), failsWith("INTERNAL"));
  }
});
