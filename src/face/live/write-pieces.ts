import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { diskError } from "../../domain/disk-error.ts";

/**
 * Writes a file at once: whoever sees it sees all of it.
 * @throws AppError OUTPUT_UNWRITABLE, DISK_FULL. No file is left then.
 */
export async function writePieces(file: string, pieces: readonly Uint8Array[]): Promise<void> {
  const part = `${file}.${randomUUID()}.part`;
  try {
    const handle = await open(part, "wx");
    try {
      for (const piece of pieces) await handle.writeFile(piece);
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => {});
    throw diskError(cause, file);
  }
}
