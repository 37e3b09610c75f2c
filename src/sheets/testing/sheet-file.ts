import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError, type ErrorCode } from "../../domain/app-error.ts";
import type { Sheet } from "../../domain/sheet.ts";
import type { SheetLimits } from "../sheet-limits.ts";
import { createSheetReader } from "../sheet-reader.ts";

/** Reads `content` as a file of that name, which is gone afterwards. */
export async function readAsFile(
  content: string | Uint8Array,
  { name = "recipients.csv", limits = {} }: { name?: string; limits?: Partial<SheetLimits> } = {},
): Promise<Sheet> {
  const folder = await mkdtemp(join(tmpdir(), "sheet-"));
  try {
    await writeFile(join(folder, name), content);
    return await createSheetReader(limits).read(join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** For `assert.rejects`: an AppError of this code whose message is one line and matches. */
export function appError(code: ErrorCode, message: RegExp): (thrown: unknown) => boolean {
  return (thrown) => {
    if (!(thrown instanceof AppError)) throw thrown;
    if (thrown.code !== code || !message.test(thrown.message) || thrown.message.includes("\n"))
      throw new Error(`expected ${code} ${message}, got ${thrown.code} ${thrown.message}`);
    return true;
  };
}
