import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { AppError } from "../domain/app-error.ts";
import { errorCodeOf } from "../domain/disk-error.ts";
import type { Rendition } from "../domain/rendition.ts";
import { publishFile, type WrittenFile, writeFully } from "./atomic-file.ts";
import {
  type DecodedRendition,
  decodeRendition,
  encodeRendition,
  type TemplateReference,
  unreadableRendition,
} from "./rendition-format.ts";

const MAX_FILE_BYTES = 2 ** 30;

export type StoredRendition = DecodedRendition & {
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
  const { path } = request;
  const bytes = encodeRendition(request, basename(path));
  return publishFile({ path, write: (file) => writeFully(file, bytes, null) });
}

/**
 * Loads what `saveRendition` stored; nothing in the file is believed.
 * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE.
 */
export async function loadRendition(path: string): Promise<StoredRendition> {
  const file = await open(path, "r").catch((cause: unknown) => {
    if (errorCodeOf(cause) === "ENOENT") {
      throw new AppError("FILE_NOT_FOUND", `there is no rendition ${path}`, { cause });
    }
    throw unreadableRendition(path, "it cannot be opened", cause);
  });
  try {
    return await parse(file, path);
  } catch (cause) {
    throw cause instanceof AppError ? cause : unreadableRendition(path, "it cannot be read", cause);
  } finally {
    await file.close();
  }
}

async function parse(file: FileHandle, path: string): Promise<StoredRendition> {
  const stats = await file.stat();
  if (!stats.isFile()) throw unreadableRendition(path, "it is no file");
  if (stats.size > MAX_FILE_BYTES)
    throw unreadableRendition(path, `more than ${MAX_FILE_BYTES} bytes`);
  const bytes = await file.readFile();
  return { ...decodeRendition(bytes, path), modified: stats.mtime };
}
