import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { AppError } from "../domain/app-error.ts";
import { errorCodeOf } from "../domain/disk-error.ts";
import type { Piece, Rendition } from "../domain/rendition.ts";
import { publishFile, type WrittenFile, writeFully } from "./atomic-file.ts";
import { isPlainName, TEMPLATE_ID } from "./output-layout.ts";

/**
 * A rendition as a file of its own: one line of JSON, then its own bytes one after the other. A piece
 * is `[offset, length]` of the template or `[length]` of the own bytes.
 */
const VERSION = 1;
const MAX_HEAD_BYTES = 16 * 2 ** 20;
const MAX_FILE_BYTES = 2 ** 30;
const NEWLINE = 0x0a;

const count = z.int().nonnegative();

/** Which template a rendition needs, and the name of the playable file in the template's folder. */
export const templateReference = z.object({
  id: z.string().regex(TEMPLATE_ID),
  file: z.string().refine(isPlainName),
  sizeBytes: count,
});
export type TemplateReference = z.infer<typeof templateReference>;

const head = z.object({
  version: z.literal(VERSION),
  template: templateReference,
  size: count,
  crc32: count.max(0xffffffff),
  mediaType: z.string().regex(/^[\w.+-]{1,64}\/[\w.+-]{1,64}$/),
  pieces: z.array(z.union([z.tuple([count, count]), z.tuple([count])])),
});

export type StoredRendition = {
  rendition: Rendition;
  template: TemplateReference;
  /** When it was stored. */
  modified: Date;
};

/**
 * Stores a rendition of `template` at `path`, whole or not at all.
 * @throws AppError DISK_FULL, OUTPUT_UNWRITABLE.
 */
export async function saveRendition(request: {
  rendition: Rendition;
  template: TemplateReference;
  path: string;
}): Promise<WrittenFile> {
  const { rendition, template, path } = request;
  const own: Uint8Array[] = [];
  const pieces = rendition.pieces.map((piece): [number, number] | [number] => {
    if ("bytes" in piece) {
      own.push(piece.bytes);
      return [piece.bytes.length];
    }
    if (piece.template !== template.id) {
      throw new AppError("INTERNAL", `${basename(path)} has pieces of two templates`);
    }
    return [piece.offset, piece.length];
  });
  const { size, crc32, mediaType } = rendition;
  const line = { version: VERSION, template, size, crc32, mediaType, pieces } as const;
  const bytes = Buffer.concat([
    Buffer.from(`${JSON.stringify(line satisfies z.infer<typeof head>)}\n`),
    ...own,
  ]);
  return publishFile({ path, write: (file) => writeFully(file, bytes, null) });
}

/**
 * Loads what `saveRendition` stored. Nothing in the file is believed: every piece lies within the
 * template's stated size or the own bytes, and all of them add up.
 * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE.
 */
export async function loadRendition(path: string): Promise<StoredRendition> {
  const file = await open(path, "r").catch((cause: unknown) => {
    if (errorCodeOf(cause) === "ENOENT") {
      throw new AppError("FILE_NOT_FOUND", `there is no rendition ${path}`, { cause });
    }
    throw unreadable(path, "it cannot be opened", cause);
  });
  try {
    return await parse(file, path);
  } catch (cause) {
    throw cause instanceof AppError ? cause : unreadable(path, "it cannot be read", cause);
  } finally {
    await file.close();
  }
}

async function parse(file: FileHandle, path: string): Promise<StoredRendition> {
  const stats = await file.stat();
  if (!stats.isFile()) throw unreadable(path, "it is no file");
  if (stats.size > MAX_FILE_BYTES) throw unreadable(path, `more than ${MAX_FILE_BYTES} bytes`);
  const bytes = await file.readFile();
  const end = bytes.indexOf(NEWLINE);
  if (end < 0 || end > MAX_HEAD_BYTES) throw unreadable(path, "its first line does not end");
  const { success, data } = head.safeParse(parsedJson(bytes.toString("utf8", 0, end)));
  if (!success) throw unreadable(path, "its first line is none of a rendition");
  const { template, crc32, size, mediaType } = data;

  const pieces: Piece[] = [];
  let total = 0;
  let own = end + 1;
  for (const [first, second] of data.pieces) {
    if (second === undefined) {
      if (first > bytes.length - own) throw unreadable(path, "it is cut short");
      pieces.push({ bytes: bytes.subarray(own, own + first) });
      own += first;
    } else {
      if (second > template.sizeBytes - first) {
        throw unreadable(path, "a piece lies outside its template");
      }
      pieces.push({ template: template.id, offset: first, length: second });
    }
    total += second ?? first;
  }
  if (own !== bytes.length) throw unreadable(path, "it has bytes of no piece");
  if (total !== size) throw unreadable(path, `its pieces have ${total} bytes, not ${size}`);
  return { rendition: { pieces, size, crc32, mediaType }, template, modified: stats.mtime };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreadable(path: string, reason: string, cause?: unknown): AppError {
  const message = `${path} is not a sound rendition (${reason}): run the campaign again`;
  return new AppError("FILE_UNREADABLE", message, { cause });
}
