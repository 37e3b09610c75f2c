import { join } from "node:path";
import { AppError } from "../domain/app-error.ts";

/** How an output folder is laid out. */
export const REPORT_FILE = "report.csv";
export const RENDITION_SUFFIX = ".rendition";
const BOOKKEEPING = ".vocative";

/** A content hash, in letters that are safe in any path. */
export const TEMPLATE_ID = /^[0-9A-Za-z_-]{1,128}$/;

export function bookkeepingFolder(folder: string): string {
  return join(folder, BOOKKEEPING);
}

export function templatesFolder(folder: string): string {
  return join(folder, BOOKKEEPING, "templates");
}

/**
 * Where the template `id` is kept in an output folder.
 * @throws AppError INTERNAL for an id that is no hash.
 */
export function templateFolderOf(folder: string, id: string): string {
  if (!TEMPLATE_ID.test(id)) {
    throw new AppError("INTERNAL", `${JSON.stringify(id)} is no id of a template`);
  }
  return join(templatesFolder(folder), id);
}

/** Whether a name means a file in its folder and nothing else, on every system. */
export function isPlainName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\\\p{Cc}]/u.test(name);
}

/**
 * The path of an output.
 * @throws AppError OUTPUT_UNWRITABLE for a name that is not plain or that the folder itself uses.
 */
export function outputPath(folder: string, file: string): string {
  if (!isPlainName(file) || file.startsWith(".") || file.toLowerCase() === REPORT_FILE) {
    throw new AppError(
      "OUTPUT_UNWRITABLE",
      `an output cannot be called ${JSON.stringify(file)}: choose a plain file name other than ${REPORT_FILE}`,
    );
  }
  return join(folder, file);
}

/** The path of an output that is kept as a rendition. */
export function renditionPath(folder: string, file: string): string {
  return `${outputPath(folder, file)}${RENDITION_SUFFIX}`;
}
