import type { Stats } from "node:fs";
import { constants, copyFile, type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { diskError } from "../domain/disk-error.ts";
import { partName } from "./part-name.ts";

/** What the disk says of a file that was written: enough to tell later that it was not touched. */
export type WrittenFile = {
  bytes: number;
  /** Last change, ms since 1970, with a fraction. */
  modified: number;
  /** Tells files apart that were written within one tick of the disk's clock. */
  inode: number;
};

/**
 * Makes a file appear under `path`, whole or not at all: it is written under a temporary name in the
 * same folder, fsynced and renamed. It is `write`'s to fill; it begins as a copy of `copyOf`
 * (sharing its blocks where the disk can) or empty.
 * @throws AppError DISK_FULL, OUTPUT_UNWRITABLE, or what `write` throws as AppError.
 */
export async function publishFile(request: {
  path: string;
  copyOf?: string | undefined;
  write: (file: FileHandle) => Promise<void>;
}): Promise<WrittenFile> {
  const { path, copyOf, write } = request;
  const part = join(dirname(path), partName());
  try {
    if (copyOf !== undefined) {
      await copyFile(copyOf, part, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    }
    const file = await open(part, copyOf === undefined ? "wx" : "r+");
    let written: WrittenFile;
    try {
      await write(file);
      await file.sync();
      written = writtenFile(await file.stat());
    } finally {
      await file.close();
    }
    await rename(part, path);
    return written;
  } catch (cause) {
    await rm(part, { force: true }).catch(() => {});
    throw diskError(cause, path);
  }
}

export function writtenFile({ size, mtimeMs, ino }: Stats): WrittenFile {
  return { bytes: size, modified: mtimeMs, inode: ino };
}

/** Writes all of `bytes`, which one call of the system need not do. At the end when appending. */
export async function writeFully(
  file: FileHandle,
  bytes: Uint8Array,
  position: number | null,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const at = position === null ? null : position + done;
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at);
    done += bytesWritten;
  }
}

/** Makes a folder (an absolute path) and those around it, so that they last through a power cut. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made));
  }
}

/** Makes renames within a folder last through a power cut, where the system can. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows and some network disks have no such call; their renames are as lasting as they get.
  }
}
