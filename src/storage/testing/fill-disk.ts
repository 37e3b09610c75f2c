/**
 * Stores objects of 300 KB and then outputs below `$1` until the disk is full, then says what every file
 * there is called and how the last attempts of each kind ended. Arguments: root, folder of a template on
 * another disk.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../domain/app-error.ts";
import { createLocalObjects } from "../local-objects.ts";
import { createLocalTemplates } from "../local-templates.ts";
import { createOutputArchive } from "../output-archive.ts";
import { madeUpTemplate, randomBytesOf } from "./made-up-outputs.ts";

const TEMPLATE_BYTES = 300_000;
const [root = "", shelf = ""] = process.argv.slice(2);
const objects = createLocalObjects({ root });
const templates = createLocalTemplates({ root: shelf });
const archive = createOutputArchive({ objects, pathOf: objects.pathOf, templates });
const id = "0a1b2c";
const made = await madeUpTemplate({
  folder: templates.templateFolder(id),
  id,
  sizeBytes: TEMPLATE_BYTES,
});

async function untilRefused(attempt: (index: number) => Promise<unknown>): Promise<string> {
  for (let index = 0; ; index++) {
    try {
      await attempt(index);
    } catch (thrown) {
      return thrown instanceof AppError ? thrown.code : String(thrown);
    }
  }
}

const store = (keeps: "files" | "renditions", index: number) =>
  archive.store({
    jobId: "j2",
    keeps,
    token: `t${index}`,
    outputs: Array.from({ length: 2 }, (_, i) => ({
      file: `${index}-${i}.mp4`,
      rendition: made.patched(index),
      template: made.template,
    })),
    signal: new AbortController().signal,
  });
const ends = {
  objects: await untilRefused((i) => objects.put(`j1/${i}.mp4`, [randomBytesOf(i, 300_000)])),
  ifAbsent: await untilRefused((i) =>
    objects.put(`j1/new-${i}.mp4`, [randomBytesOf(i, 300_000)], { ifAbsent: true }),
  ),
  files: await untilRefused((index) => store("files", index)),
  renditions: await untilRefused((index) => store("renditions", index)),
};
const entries = await readdir(root, { recursive: true, withFileTypes: true });
const files = await Promise.all(
  entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1)),
);
const sizes = (await Array.fromAsync(objects.list(""))).map(({ key, sizeBytes }) => [
  key,
  sizeBytes,
]);
console.log(JSON.stringify({ ends, files, sizes, free: await objects.freeBytes() }));
made.close();
