import { constants, copyFile, type FileHandle, mkdir, open, rm } from "node:fs/promises";
import path from "node:path";
import { publishFile, writeFully } from "../src/storage/atomic-file.ts";
import type { Way, WayOrder } from "./way.ts";

const CHUNK_BYTES = 2 ** 20;

/**
 * The yardstick: a copy of the base under a temporary name, fsynced and renamed. `copy` is what our
 * publisher does (the system's copy, sharing blocks where the disk can: COPYFILE_FICLONE);
 * `plain-copy` reads and writes every byte.
 */
export function createCopyWay({ way, base, folder }: WayOrder): Way {
  return {
    async make(index) {
      const output = path.join(folder, `${index}.mp4`);
      const written = await publishFile(
        way === "copy"
          ? { path: output, copyOf: base, write: async () => {} }
          : { path: output, write: (file) => copyBytes(base, file) },
      );
      return written.bytes;
    },
    children: () => ({ cpuMs: 0, peakBytes: 0 }),
    clear: () => emptyFolder(folder),
  };
}

async function copyBytes(from: string, to: FileHandle): Promise<void> {
  const source = await open(from, "r");
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await source.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return;
      await writeFully(to, buffer.subarray(0, bytesRead), null);
    }
  } finally {
    await source.close();
  }
}

export async function emptyFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}

/** Whether a copy on this disk may consist of the original's blocks, so that it moves no bytes. */
export async function diskSharesBlocks(file: string, folder: string): Promise<boolean> {
  const copy = path.join(folder, "shared.tmp");
  try {
    await copyFile(file, copy, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  } finally {
    await rm(copy, { force: true });
  }
}
