import { type FileHandle, open, stat } from "node:fs/promises";
import { AppError } from "../domain/app-error.ts";
import { lengthOf, type Rendition } from "../domain/rendition.ts";
import { crc32 } from "../media/crc32.ts";
import { publishFile, type WrittenFile, writeFully } from "./atomic-file.ts";

/** The file of the one template a rendition is made of, or where each template's file is. */
export type TemplateFile = string | ((templateId: string) => string);

const WRITE_BYTES = 2 ** 20;
const READ_BYTES = 256 * 1024;

/**
 * Writes a rendition out as a whole file, which appears under `path` at once or not at all.
 * @param request.verify Compares the bytes with the rendition's CRC-32, for which all are read.
 * @throws AppError DISK_FULL, OUTPUT_UNWRITABLE; FILE_NOT_FOUND and FILE_UNREADABLE when the template
 * is missing, too short or (with `verify`) not what the rendition was made from; CANCELLED.
 */
export async function writeRendition(request: {
  rendition: Rendition;
  templateFile: TemplateFile;
  path: string;
  verify?: boolean;
  signal?: AbortSignal | undefined;
}): Promise<WrittenFile> {
  const { rendition, templateFile, path, verify = false, signal } = request;
  checkSize(rendition);
  const copyOf = verify ? undefined : await templateToPatch(rendition, templateFile);
  const write = async (file: FileHandle): Promise<void> => {
    if (copyOf !== undefined) await patch(file, rendition);
    else await writePieces({ rendition, templateFile, file, name: path, verify, signal });
  };
  return publishFile({ path, copyOf, write });
}

/**
 * Writes a rendition's bytes at the end of an open file.
 * @param request.name What an error calls the output.
 */
export async function writePieces(request: {
  rendition: Rendition;
  templateFile: TemplateFile;
  file: FileHandle;
  name: string;
  verify: boolean;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { rendition, templateFile, file, name, verify, signal } = request;
  checkSize(rendition);
  const buffer = Buffer.allocUnsafe(Math.min(WRITE_BYTES, Math.max(rendition.size, 1)));
  let crc = 0;
  for await (const chunk of gather(rendition, templateFile, {
    start: 0,
    end: rendition.size,
    newChunk: () => buffer,
  })) {
    if (signal?.aborted) throw new AppError("CANCELLED", `writing ${name} was cancelled`);
    if (verify) crc = crc32(chunk, crc);
    await writeFully(file, chunk, null);
  }
  if (verify && crc !== rendition.crc32) {
    throw new AppError(
      "FILE_UNREADABLE",
      `${name} has the CRC-32 ${hex(crc)} and not ${hex(rendition.crc32)}: its template or its rendition is damaged; run the campaign again`,
    );
  }
}

/**
 * The bytes `start` (inclusive) to `end` (exclusive) of a rendition, in chunks that are the
 * caller's to keep. Templates are opened when their first byte is due and closed at the end.
 * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE for a template that is missing or too short.
 */
export async function* readRange(
  rendition: Rendition,
  templateFile: TemplateFile,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  checkSize(rendition);
  if (!(start >= 0 && start <= end && end <= rendition.size)) {
    throw new AppError("INTERNAL", `no range ${start} to ${end} in ${rendition.size} bytes`);
  }
  const newChunk = (left: number) => Buffer.allocUnsafe(Math.min(READ_BYTES, left));
  yield* gather(rendition, templateFile, { start, end, newChunk });
}

/** `newChunk` is given how many bytes are still to come and must give room for one at least. */
type Gathering = { start: number; end: number; newChunk: (left: number) => Buffer };

async function* gather(
  rendition: Rendition,
  templateFile: TemplateFile,
  { start, end, newChunk }: Gathering,
): AsyncGenerator<Uint8Array> {
  const open = new Map<string, FileHandle>();
  let left = end - start;
  if (left === 0) return;
  let chunk = newChunk(left);
  let filled = 0;
  let position = 0;
  try {
    for (const piece of rendition.pieces) {
      const from = Math.max(start - position, 0);
      const until = Math.min(end - position, lengthOf(piece));
      position += lengthOf(piece);
      for (let at = from; at < until; ) {
        const wanted = Math.min(chunk.length - filled, until - at);
        let got = wanted;
        if ("bytes" in piece) {
          chunk.set(piece.bytes.subarray(at, at + wanted), filled);
        } else {
          const file = await opened(open, piece.template, templateFile);
          const place = piece.offset + at;
          got = (await file.read(chunk, filled, wanted, place)).bytesRead;
          if (got === 0) throw tooShort(piece.template, place, place + until - at);
        }
        at += got;
        filled += got;
        left -= got;
        if (filled === chunk.length) {
          yield chunk;
          filled = 0;
          if (left > 0) chunk = newChunk(left);
        }
      }
      if (left === 0) break;
    }
    if (filled > 0) yield chunk.subarray(0, filled);
  } finally {
    await Promise.all([...open.values()].map((file) => file.close()));
  }
}

async function opened(
  files: Map<string, FileHandle>,
  template: string,
  templateFile: TemplateFile,
): Promise<FileHandle> {
  const known = files.get(template);
  if (known) return known;
  const path = pathOf(templateFile, template);
  const file = await open(path, "r").catch((cause: unknown) => {
    throw missing(template, path, cause);
  });
  files.set(template, file);
  return file;
}

/**
 * The template's file when all that is kept of it stands in the output where it stands in the
 * template, so that patching a copy is right, and when it is also the least work.
 */
async function templateToPatch(
  rendition: Rendition,
  templateFile: TemplateFile,
): Promise<string | undefined> {
  let template: string | undefined;
  let position = 0;
  let kept = 0;
  let keptUntil = 0;
  for (const piece of rendition.pieces) {
    if ("template" in piece) {
      template ??= piece.template;
      if (piece.template !== template || piece.offset !== position) return undefined;
      kept += piece.length;
      keptUntil = piece.offset + piece.length;
    }
    position += lengthOf(piece);
  }
  if (template === undefined) return undefined;
  const path = pathOf(templateFile, template);
  const { size } = await stat(path).catch((cause: unknown) => {
    throw missing(template, path, cause);
  });
  if (size < keptUntil) throw tooShort(template, size, keptUntil);
  return kept * 2 >= size ? path : undefined;
}

/** Overwrites a copy of the template with the rendition's own bytes, adjacent ones at once. */
async function patch(file: FileHandle, { pieces, size }: Rendition): Promise<void> {
  let own: Uint8Array[] = [];
  let position = 0;
  let start = 0;
  const flush = async (): Promise<void> => {
    const bytes = own.length === 1 ? own[0] : Buffer.concat(own);
    own = [];
    if (bytes) await writeFully(file, bytes, start);
  };
  for (const piece of pieces) {
    if ("bytes" in piece) {
      if (own.length === 0) start = position;
      own.push(piece.bytes);
    } else {
      await flush();
    }
    position += lengthOf(piece);
  }
  await flush();
  await file.truncate(size);
}

function pathOf(templateFile: TemplateFile, template: string): string {
  return typeof templateFile === "string" ? templateFile : templateFile(template);
}

function missing(template: string, path: string, cause: unknown): AppError {
  const message = `the template ${template} cannot be read at ${path}: put it back or run the campaign again`;
  return new AppError("FILE_NOT_FOUND", message, { cause });
}

function tooShort(template: string, size: number, needed: number): AppError {
  return new AppError(
    "FILE_UNREADABLE",
    `the template ${template} ends at byte ${size}, ${needed} are needed: run the campaign again`,
  );
}

/** Everything below relies on it, and a file that is silently too short must never appear. */
function checkSize({ pieces, size }: Rendition): void {
  const total = pieces.reduce((sum, piece) => sum + lengthOf(piece), 0);
  if (total !== size) {
    throw new AppError("INTERNAL", `pieces of ${total} bytes make no file of ${size}`);
  }
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
