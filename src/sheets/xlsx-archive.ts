import type { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import yauzl from "yauzl";
import { AppError } from "../domain/app-error.ts";
import { count, mebibytes, type SheetSource } from "./sheet-limits.ts";

/** Parts below this size may compress as well as they like: they cannot do harm. */
const RATIO_FLOOR_BYTES = 10 * 1024 * 1024;

/** The parts of an XLSX archive. Names are compared without case, as OPC (ECMA-376 part 2) has it. */
export type XlsxArchive = {
  has(part: string): boolean;
  /**
   * The unpacked bytes of `part`, checked against its declared size and checksum.
   * @param maxBytes Bound for this part below the archive's own.
   * @throws AppError SHEET_UNREADABLE, SHEET_BOMB.
   */
  chunks(part: string, maxBytes?: number): AsyncGenerator<Buffer>;
};

/** An error for a workbook whose inside is not as it should be. */
export function damaged(file: string, reason: string, cause?: unknown): AppError {
  return new AppError("SHEET_UNREADABLE", damagedMessage(file, reason), { cause });
}

export function damagedMessage(file: string, reason: string): string {
  return `${file} is not a sound XLSX file (${reason}): open it in a spreadsheet program and save it again`;
}

/** The error for a workbook that only its password opens. */
export function passwordProtected(file: string): AppError {
  return new AppError(
    "SHEET_UNREADABLE",
    `${file} is protected by a password: save it without one`,
  );
}

/**
 * Reads the directory of an archive; nothing is unpacked yet.
 * @throws AppError SHEET_UNREADABLE, SHEET_BOMB.
 */
export async function openXlsxArchive(source: SheetSource): Promise<XlsxArchive> {
  const { file, limits } = source;
  const zip = await openZip(source);
  const entries = await readDirectory(zip, source);

  async function* chunks(part: string, maxBytes = limits.partBytes): AsyncGenerator<Buffer> {
    const entry = entries.get(part.toLowerCase());
    if (entry === undefined) throw damaged(file, `the part ${part} is missing`);
    const { uncompressedSize, compressedSize } = entry;
    const bound = Math.min(maxBytes, limits.partBytes);
    if (uncompressedSize > bound)
      throw bomb(`${part} unpacks to ${mebibytes(uncompressedSize)}, at most ${mebibytes(bound)}`);
    const ratio = Math.round(uncompressedSize / Math.max(1, compressedSize));
    if (uncompressedSize > RATIO_FLOOR_BYTES && ratio > limits.compressionRatio)
      throw bomb(`${part} is compressed ${ratio}:1, at most ${limits.compressionRatio}:1`);
    let checksum = 0;
    try {
      for await (const chunk of await openStream(zip, entry)) {
        checksum = crc32(chunk, checksum);
        yield chunk;
      }
    } catch (error) {
      // yauzl ends the stream with an error once it yields more or fewer bytes than declared.
      throw damaged(file, error instanceof Error ? error.message : String(error), error);
    }
    if (checksum !== entry.crc32) throw damaged(file, `the checksum of ${part} does not match`);
  }

  function bomb(problem: string): AppError {
    return new AppError(
      "SHEET_BOMB",
      `${file}: ${problem} is allowed: save only the recipients in a new workbook or as CSV`,
    );
  }

  return { has: (part) => entries.has(part.toLowerCase()), chunks };
}

function openZip({ file, bytes }: SheetSource): Promise<yauzl.ZipFile> {
  return new Promise((resolve, reject) => {
    yauzl.fromBuffer(bytes, { lazyEntries: true, validateEntrySizes: true }, (error, zip) => {
      if (error === null) resolve(zip);
      else reject(damaged(file, error.message, error));
    });
  });
}

function readDirectory(
  zip: yauzl.ZipFile,
  { file, limits }: SheetSource,
): Promise<Map<string, yauzl.Entry>> {
  return new Promise((resolve, reject) => {
    if (zip.entryCount > limits.entries) {
      reject(
        new AppError(
          "SHEET_BOMB",
          `${file} is an archive of ${count(zip.entryCount)} files, at most ${count(limits.entries)} are allowed: save the recipients as XLSX or CSV`,
        ),
      );
      return;
    }
    const entries = new Map<string, yauzl.Entry>();
    zip.on("entry", (entry: yauzl.Entry) => {
      const name = entry.fileName.toLowerCase();
      if (entry.isEncrypted()) reject(passwordProtected(file));
      else if (entries.has(name)) reject(damaged(file, `two parts are named ${entry.fileName}`));
      else {
        entries.set(name, entry);
        zip.readEntry();
      }
    });
    zip.on("end", () => resolve(entries));
    // yauzl refuses absolute paths and paths that climb.
    zip.on("error", (error: Error) =>
      reject(
        /encrypt/.test(error.message)
          ? passwordProtected(file)
          : damaged(file, error.message, error),
      ),
    );
    zip.readEntry();
  });
}

function openStream(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error === null) resolve(stream);
      else reject(error);
    });
  });
}
