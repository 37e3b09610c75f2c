import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { AppError } from "../domain/app-error.ts";
import { diskError, errorCodeOf } from "../domain/disk-error.ts";
import { forEachConcurrently } from "../domain/limit-concurrency.ts";
import type { Rendition } from "../domain/rendition.ts";
import { crc32 } from "../media/crc32.ts";
import { layoutZip, type ZipMember, zipTail } from "../media/zip.ts";
import { publishFile, writeFully } from "./atomic-file.ts";
import {
  outputPath,
  RENDITION_SUFFIX,
  REPORT_FILE,
  renditionPath,
  templateFolderOf,
} from "./output-layout.ts";
import { removeAbandoned } from "./part-name.ts";
import { writePieces, writeRendition } from "./piece-file.ts";
import { loadRendition } from "./rendition-file.ts";
import type { TemplateReference } from "./rendition-format.ts";

const WRITE_CONCURRENCY = 4;

export type ExportRequest = {
  /** An output folder kept as renditions. */
  folder: string;
  /** The outputs wanted, such as `Amit.mp4`; all when left out. */
  names?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
};

export type Exported = {
  /** The outputs, in the order of `names` or of the alphabet. */
  files: string[];
  /** Of all that was written. */
  bytes: number;
};

/** What is known of an output without holding its bytes. */
type Listed = ZipMember & { templateFile: string };

/**
 * Writes renditions out as whole files, each compared with its CRC-32 and appearing at once.
 * @throws AppError FILE_NOT_FOUND (no such output, or its template is missing), FILE_UNREADABLE,
 * DISK_FULL, OUTPUT_UNWRITABLE, CANCELLED.
 */
export async function exportFiles(request: ExportRequest & { outdir: string }): Promise<Exported> {
  const { folder, outdir, signal } = request;
  const outputs = await listOutputs(request);
  if (outputs.length === 0) throw nothingKept(folder);
  await mkdir(outdir, { recursive: true }).catch((cause: unknown) => {
    throw diskError(cause, outdir);
  });
  await removeAbandoned(outdir, { foreign: false });
  await forEachConcurrently(outputs, WRITE_CONCURRENCY, async ({ name, templateFile }) => {
    const { rendition } = await loadRendition(renditionPath(folder, name));
    const path = outputPath(outdir, name);
    await writeRendition({ rendition, templateFile, path, verify: true, signal });
  });
  return {
    files: outputs.map(({ name }) => name),
    bytes: outputs.reduce((sum, { size }) => sum + size, 0),
  };
}

/**
 * Writes renditions, and the report when there is one, as one ZIP that appears at once; each is
 * compared with its CRC-32. One output is held in memory at a time.
 * @throws AppError as `exportFiles`.
 */
export async function exportZip(request: ExportRequest & { zip: string }): Promise<Exported> {
  const { folder, zip, signal } = request;
  const outputs = await listOutputs(request);
  const report = await readReport(folder);
  if (outputs.length === 0 && report === null) throw nothingKept(folder);
  await removeAbandoned(dirname(resolve(zip)), { foreign: false });
  const layout = layoutZip(report ? [...outputs, report.member] : outputs);
  const written = await publishFile({
    path: resolve(zip),
    write: async (file) => {
      for (const [index, output] of outputs.entries()) {
        const { name, templateFile } = output;
        const { rendition } = await loadRendition(renditionPath(folder, name));
        if (!isSame(rendition, output)) throw replaced(name);
        await writeFully(file, layout.memberHeader(index), null);
        await writePieces({ rendition, templateFile, file, name, verify: true, signal });
      }
      if (report) {
        await writeFully(file, layout.memberHeader(outputs.length), null);
        await writeFully(file, report.bytes, null);
      }
      await writeFully(file, zipTail(layout), null);
    },
  });
  if (written.bytes !== layout.size) {
    throw new AppError("INTERNAL", `${zip} has ${written.bytes} bytes, not ${layout.size}`);
  }
  return { files: outputs.map(({ name }) => name), bytes: layout.size };
}

/** The outputs asked for; every template they need is there. */
async function listOutputs({ folder, names, signal }: ExportRequest): Promise<Listed[]> {
  const found = await keptIn(folder);
  const wanted = names ?? [...found].toSorted();
  const listed: Listed[] = [];
  for (const name of wanted) {
    if (signal?.aborted) throw new AppError("CANCELLED", `the export of ${folder} was cancelled`);
    if (!found.has(name)) {
      throw new AppError(
        "FILE_NOT_FOUND",
        `${folder} has no rendition of ${JSON.stringify(name)}: choose one of those in ${REPORT_FILE}`,
      );
    }
    const { rendition, template, modified } = await loadRendition(renditionPath(folder, name));
    const templateFile = await locate(folder, name, template);
    const { size, crc32: crc } = rendition;
    listed.push({ name, size, crc32: crc, modified, templateFile });
  }
  return listed;
}

async function keptIn(folder: string): Promise<Set<string>> {
  const files = await readdir(folder).catch((cause: unknown) => {
    throw new AppError("FILE_NOT_FOUND", `the folder ${folder} cannot be read`, { cause });
  });
  return new Set(
    files
      .filter((file) => file.endsWith(RENDITION_SUFFIX) && !file.startsWith("."))
      .map((file) => file.slice(0, -RENDITION_SUFFIX.length)),
  );
}

async function locate(folder: string, name: string, template: TemplateReference): Promise<string> {
  const path = join(templateFolderOf(folder, template.id), template.file);
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new AppError(
      "FILE_NOT_FOUND",
      `the template ${template.id} that ${name} needs is missing at ${path}: put it back or run the campaign again`,
      { cause },
    );
  });
  if (size !== template.sizeBytes) {
    throw new AppError(
      "FILE_UNREADABLE",
      `the template ${template.id} that ${name} needs has ${size} bytes, not ${template.sizeBytes}: run the campaign again`,
    );
  }
  return path;
}

async function readReport(folder: string): Promise<{ member: ZipMember; bytes: Buffer } | null> {
  const path = join(folder, REPORT_FILE);
  try {
    const bytes = await readFile(path);
    const { mtime: modified } = await stat(path);
    const member = { name: REPORT_FILE, size: bytes.length, crc32: crc32(bytes), modified };
    return { member, bytes };
  } catch (cause) {
    if (errorCodeOf(cause) === "ENOENT") return null;
    throw new AppError("FILE_UNREADABLE", `${path} cannot be read`, { cause });
  }
}

function isSame(rendition: Rendition, output: Listed): boolean {
  return rendition.size === output.size && rendition.crc32 === output.crc32;
}

function replaced(name: string): AppError {
  const message = `${name} was replaced while the ZIP was written: export again when the campaign is done`;
  return new AppError("FILE_UNREADABLE", message, { retryable: true });
}

function nothingKept(folder: string): AppError {
  const message = `${folder} has no renditions: choose the output folder of a campaign that keeps renditions`;
  return new AppError("FILE_NOT_FOUND", message);
}
