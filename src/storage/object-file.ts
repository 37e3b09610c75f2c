import { open, stat } from "node:fs/promises";
import { AppError } from "../domain/app-error.ts";
import { errorCodeOf } from "../domain/disk-error.ts";
import type { StoredObject } from "../ports/object-store.ts";

const READ_BYTES = 256 * 1024;

/** Null when there is no file at `path`. */
export async function headOf(path: string): Promise<StoredObject | null> {
  const stats = await stat(path).catch((cause: unknown) => {
    if (isMissing(cause)) return null;
    throw new AppError("FILE_UNREADABLE", `${path} cannot be read`, { cause });
  });
  if (!stats?.isFile()) return null;
  return { sizeBytes: stats.size, modifiedAt: Math.floor(stats.mtimeMs) };
}

export async function isFile(path: string): Promise<boolean> {
  return (await headOf(path)) !== null;
}

/**
 * The bytes of a range, or all, in chunks that are the caller's to keep.
 * @param key What an error calls the object.
 * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE.
 */
export async function* readObjectFile(
  path: string,
  key: string,
  range: { start: number; end: number } | undefined,
): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r").catch((cause: unknown) => {
    throw isMissing(cause) ? notFound(key, cause) : unreadable(key, "it cannot be opened", cause);
  });
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw notFound(key);
    const { start, end } = range ?? { start: 0, end: stats.size };
    if (!(start >= 0 && start <= end)) {
      throw new AppError("INTERNAL", `no range ${start} to ${end} in ${key}`);
    }
    for (let at = start; at < end; ) {
      const chunk = Buffer.allocUnsafe(Math.min(READ_BYTES, end - at));
      const { bytesRead } = await file
        .read(chunk, 0, chunk.length, at)
        .catch((cause: unknown) => Promise.reject(unreadable(key, "the disk fails", cause)));
      if (bytesRead === 0) throw unreadable(key, `it ends at byte ${at}, ${end} are needed`);
      yield chunk.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/** There is no file: nothing, a folder in its place, or a file in place of one of its folders. */
export function isMissing(cause: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "EISDIR"].includes(errorCodeOf(cause) ?? "");
}

export function notFound(key: string, cause?: unknown): AppError {
  return new AppError("FILE_NOT_FOUND", `there is no ${key} in the data folder`, { cause });
}

function unreadable(key: string, reason: string, cause?: unknown): AppError {
  return new AppError("FILE_UNREADABLE", `${key} cannot be read: ${reason}`, { cause });
}
