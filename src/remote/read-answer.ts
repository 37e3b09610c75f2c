import { open } from "node:fs/promises";
import { diskError } from "../domain/disk-error.ts";

/** Of a refusal, more than this tells nobody anything. */
const REFUSAL_BYTES = 64 * 1024;

/** A body whole, or null when it is longer than `maxBytes`: then the rest is not waited for. */
export async function readAnswer(answer: Response, maxBytes: number): Promise<Uint8Array | null> {
  const { bytes, whole } = await readUpTo(answer, maxBytes);
  return whole ? bytes : null;
}

/** The beginning of a body as text. */
export async function readStart(answer: Response): Promise<string> {
  const { bytes } = await readUpTo(answer, REFUSAL_BYTES);
  return new TextDecoder().decode(bytes);
}

async function readUpTo(
  answer: Response,
  maxBytes: number,
): Promise<{ bytes: Uint8Array; whole: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes) return { bytes: Buffer.concat(chunks), whole: false };
  }
  return { bytes: Buffer.concat(chunks), whole: true };
}

/**
 * Writes a body into a file. @returns Nothing to read, or null when it is longer than `maxBytes`: then
 * the rest is not waited for.
 * @throws AppError DISK_FULL, OUTPUT_UNWRITABLE.
 */
export async function saveAnswer(
  answer: Response,
  { file, maxBytes }: { file: string; maxBytes: number },
): Promise<Uint8Array | null> {
  await using opened = await open(file, "w").catch((cause: unknown) => {
    throw diskError(cause, file);
  });
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) return null;
    await opened.writeFile(chunk).catch((cause: unknown) => {
      throw diskError(cause, file);
    });
  }
  return new Uint8Array();
}
