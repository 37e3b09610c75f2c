import { mkdir, open, readdir, rm, stat, unlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AppError } from "../domain/app-error.ts";
import { diskError, errorCodeOf } from "../domain/disk-error.ts";
import { createGate, forEachConcurrently } from "../domain/limit-concurrency.ts";
import type { Rendition } from "../domain/rendition.ts";
import type { Template } from "../domain/template.ts";
import { crc32 } from "../media/crc32.ts";
import type { OutputRecord, OutputStore } from "../ports/output-store.ts";
import { publishFile, syncFolder, writeFully, writtenFile } from "./atomic-file.ts";
import { createOutputJournal, type JournalEntry } from "./output-journal.ts";
import {
  bookkeepingFolder,
  outputPath,
  RENDITION_SUFFIX,
  REPORT_FILE,
  renditionPath,
  templateFolderOf,
  templatesFolder,
} from "./output-layout.ts";
import { partName, removeAbandoned, removeFolder } from "./part-name.ts";
import { writeRendition } from "./piece-file.ts";
import { announcePresence } from "./presence.ts";
import { loadRendition, saveRendition } from "./rendition-file.ts";
import { referenceTo, type TemplateReference } from "./rendition-format.ts";
import { reportCsv } from "./report-csv.ts";

/** More than the disk calls that run at a time (4), so that none waits for the event loop. */
const PUBLISH_CONCURRENCY = 8;
const CHECK_CONCURRENCY = 16;

export type OutputFolder = OutputStore & {
  readonly folder: string;
  /** Where the template `id` belongs; not made by the store. */
  templateFolder(id: string): string;
  /** A new name beside it, to compile in and then rename: known as left over when the run is killed. */
  templatePartFolder(id: string): string;
  /** Deletes the templates that no rendition kept here needs, unless another process works here. */
  removeTemplates(): Promise<void>;
  /** Deletes what killed runs left half-written; work of running processes stays. */
  removePartFiles(): Promise<void>;
  /** Makes everything last through a power cut. */
  close(): Promise<void>;
};

type Output = Omit<JournalEntry, "key" | "record">;

/**
 * Keeps a campaign's outputs in a folder, which is made when missing: `<file>` or, as renditions,
 * `<file>.rendition`; `report.csv`; and the journal and the templates in `.vocative`. Several
 * processes may use one folder.
 * @throws AppError OUTPUT_UNWRITABLE, DISK_FULL.
 */
export async function createOutputFolder(request: {
  folder: string;
  keep: "files" | "renditions";
}): Promise<OutputFolder> {
  const { keep } = request;
  const folder = resolve(request.folder);
  await prepare(folder);
  const presence = await announcePresence(bookkeepingFolder(folder)).catch((cause: unknown) => {
    throw diskError(cause, folder);
  });
  const journal = createOutputJournal(join(bookkeepingFolder(folder), "journal.jsonl"));
  const gate = createGate(PUBLISH_CONCURRENCY);
  /** By file: what this or an earlier run published. */
  const outputs = new Map<string, Output>();
  /** Files published and not recorded yet. */
  const unrecorded = new Set<string>();
  /**
   * Files published again before the former output was recorded. A record does not say which of
   * the outputs it is of, so none is noted: a wrong one would pass for finished ever after.
   */
  const contested = new Set<string>();

  async function publishRendition(
    file: string,
    rendition: Rendition,
    template: Template,
  ): Promise<Output> {
    const { size, crc32: crc } = rendition;
    const whole = outputPath(folder, file);
    const compact = renditionPath(folder, file);
    if (keep === "files") {
      const templateFile = resolve(template.folder, template.file);
      const stored = await writeRendition({ rendition, templateFile, path: whole });
      await removeIfThere(compact);
      return { size, crc32: crc, kept: keep, stored, template: null };
    }
    const reference = referenceTo(template, templateFolderOf(folder, template.id));
    const stored = await saveRendition({ rendition, template: reference, path: compact });
    await removeIfThere(whole);
    return { size, crc32: crc, kept: keep, stored, template: reference };
  }

  return {
    folder,
    keeps: keep,
    templateFolder: (id) => templateFolderOf(folder, id),
    templatePartFolder: (id) => partName(templateFolderOf(folder, id)),
    async finished() {
      const entries = await journal.load();
      const isTemplateThere = createTemplateCheck(folder);
      const whole = new Set<JournalEntry>();
      await forEachConcurrently(entries.values(), CHECK_CONCURRENCY, async (entry) => {
        const { key: _key, record, ...output } = entry;
        if (entry.kept !== keep || record.state !== "done") return;
        if (!(await isStored(folder, entry)) || !(await isTemplateThere(entry.template))) return;
        outputs.set(record.file, output);
        whole.add(entry);
      });
      // In the journal's order whichever check ended first.
      const found = entries.values().filter((entry) => whole.has(entry));
      return new Map(found.map(({ key, record }) => [key, record]));
    },
    publish: (file, rendition, template) =>
      gate(async () => {
        if (unrecorded.has(file)) contested.add(file);
        unrecorded.add(file);
        try {
          outputs.set(file, await publishRendition(file, rendition, template));
        } catch (cause) {
          unrecorded.delete(file);
          throw cause;
        }
      }),
    /** Only `done` is noted: what was skipped or failed is tried anew by a later run. */
    async record(record) {
      if (record.state !== "done") return;
      const output = outputs.get(record.file);
      if (!output) throw new AppError("INTERNAL", `${record.file} is recorded but not published`);
      unrecorded.delete(record.file);
      if (contested.has(record.file)) return;
      await journal.append({ key: record.key, ...output, record });
    },
    async writeReport(records: OutputRecord[]) {
      const csv = Buffer.from(reportCsv(records));
      const path = join(folder, REPORT_FILE);
      await publishFile({ path, write: (file) => writeFully(file, csv, null) });
      await journal.sync();
      await syncFolder(folder);
    },
    async removeTemplates() {
      if (await presence.othersAtWork()) return;
      const needed = await templatesInUse(folder);
      const names = await readdir(templatesFolder(folder)).catch(() => []);
      for (const name of names) {
        if (name.endsWith(".part") || needed.has(name)) continue;
        await removeFolder(join(templatesFolder(folder), name)).catch((cause: unknown) => {
          throw diskError(cause, folder);
        });
      }
    },
    async removePartFiles() {
      await removeAbandoned(folder, { foreign: false });
      await removeAbandoned(bookkeepingFolder(folder), { foreign: true });
      await removeAbandoned(templatesFolder(folder), { foreign: true });
    },
    async close() {
      await journal.sync();
      await journal.close();
      await presence.leave();
      await syncFolder(folder);
    },
  };
}

/** Really writes: permissions say too little on network disks, full disks and as root. */
async function prepare(folder: string): Promise<void> {
  try {
    await mkdir(templatesFolder(folder), { recursive: true });
    const part = join(folder, partName());
    const file = await open(part, "wx");
    try {
      await file.write("1").finally(() => file.close());
    } finally {
      await rm(part, { force: true });
    }
  } catch (cause) {
    throw diskError(cause, folder);
  }
}

async function removeIfThere(path: string): Promise<void> {
  await unlink(path).catch((cause: unknown) => {
    if (errorCodeOf(cause) !== "ENOENT") throw diskError(cause, path);
  });
}

/** Whether an output is there as it was recorded. */
async function isStored(folder: string, entry: JournalEntry): Promise<boolean> {
  const { kept, record, stored, size, crc32: crc } = entry;
  try {
    const path =
      kept === "files" ? outputPath(folder, record.file) : renditionPath(folder, record.file);
    const found = writtenFile(await stat(path));
    if (found.bytes !== stored.bytes) return false;
    if (found.modified === stored.modified && found.inode === stored.inode) return true;
    // The folder was copied, or a run was killed between publishing another output of the same size
    // and recording it: only the content tells.
    if (kept === "files") return (await crcOf(path)) === crc;
    const { rendition } = await loadRendition(path);
    return rendition.crc32 === crc && rendition.size === size;
  } catch {
    return false;
  }
}

async function crcOf(path: string): Promise<number> {
  const file = await open(path, "r");
  let crc = 0;
  for await (const chunk of file.createReadStream({ highWaterMark: 2 ** 20 })) {
    crc = crc32(chunk as Uint8Array, crc); // Without an encoding a stream's chunks are bytes.
  }
  return crc;
}

function createTemplateCheck(
  folder: string,
): (template: TemplateReference | null) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  const check = ({ id, file, sizeBytes }: TemplateReference): Promise<boolean> =>
    stat(join(templateFolderOf(folder, id), file)).then(
      ({ size }) => size === sizeBytes,
      () => false,
    );
  return async (template) => {
    if (template === null) return true;
    const isThere = known.get(template.id) ?? check(template);
    known.set(template.id, isThere);
    return isThere;
  };
}

async function templatesInUse(folder: string): Promise<Set<string>> {
  const names = await readdir(folder);
  const ids = new Set<string>();
  await forEachConcurrently(names, CHECK_CONCURRENCY, async (name) => {
    if (!name.endsWith(RENDITION_SUFFIX)) return;
    const stored = await loadRendition(join(folder, name)).catch(() => null);
    if (stored) ids.add(stored.template.id);
  });
  return ids;
}
