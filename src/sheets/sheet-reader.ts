import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { AppError } from "../domain/app-error.ts";
import { errorCodeOf } from "../domain/disk-error.ts";
import type { Sheet } from "../domain/sheet.ts";
import type { SheetDescription, SheetReader } from "../ports/sheet-reader.ts";
import { readCsv } from "./csv.ts";
import { DEFAULT_SHEET_LIMITS, mebibytes, type SheetLimits } from "./sheet-limits.ts";
import { readXlsx } from "./xlsx.ts";
import { passwordProtected } from "./xlsx-archive.ts";

/** The first bytes of a ZIP archive: one with files, and an empty one. */
const ZIP_STARTS = ["504b0304", "504b0506"];
/** A compound file ([MS-CFB] 2.2): an old .xls, or an XLSX that a password has sealed. */
const COMPOUND_START = "d0cf11e0a1b11ae1";

/**
 * A reader of CSV and XLSX files from the local disk, in this process: it blocks the event loop while
 * it parses and does not hear of an abort.
 * @param limits Replace the defaults one by one.
 */
export function createSheetReader(limits: Partial<SheetLimits> = {}): SheetReader {
  const bounds = { ...DEFAULT_SHEET_LIMITS, ...limits };

  async function read(path: string): Promise<Sheet> {
    const file = basename(path);
    const bytes = await readBytes(path, bounds.fileBytes);
    if (bytes.length === 0)
      throw new AppError(
        "SHEET_EMPTY",
        `${file} is empty (0 bytes): add a header such as "name" and one row per recipient`,
      );
    const source = { file, bytes, limits: bounds };
    if (ZIP_STARTS.includes(bytes.toString("hex", 0, 4))) return await readXlsx(source);
    if (bytes.toString("hex", 0, 8) === COMPOUND_START) throw compoundFile(bytes, file);
    return readCsv(source);
  }

  async function describe(path: string): Promise<SheetDescription> {
    const { columns, rows } = await read(path);
    return { columns, rows: rows.length };
  }

  return { read, describe };
}

async function readBytes(path: string, maxBytes: number): Promise<Buffer> {
  const file = basename(path);
  try {
    const stats = await stat(path);
    // Reading a pipe or a device might never end.
    if (!stats.isFile())
      throw new AppError(
        "SHEET_UNREADABLE",
        `${path} is not a file: give the path of a CSV or XLSX file`,
      );
    if (stats.size > maxBytes)
      throw new AppError(
        "SHEET_TOO_LARGE",
        `${file} has ${mebibytes(stats.size)}, at most ${mebibytes(maxBytes)} are allowed: split it, or save only the recipients`,
      );
    return await readFile(path);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const code = errorCodeOf(error) ?? "unknown error";
    if (code === "ENOENT" || code === "ENOTDIR")
      throw new AppError("FILE_NOT_FOUND", `${path} does not exist: check the path of the sheet`, {
        cause: error,
      });
    throw new AppError(
      "SHEET_UNREADABLE",
      `${path} cannot be opened (${code}): check its permissions`,
      { cause: error },
    );
  }
}

function compoundFile(bytes: Buffer, file: string): AppError {
  if (bytes.includes(Buffer.from("EncryptedPackage", "utf16le"))) return passwordProtected(file);
  return new AppError(
    "SHEET_UNREADABLE",
    `${file} is an old binary workbook (.xls): save it as XLSX or CSV`,
  );
}
