import { AppError } from "../domain/app-error.ts";
import { headerKey, type Sheet, type SheetRow } from "../domain/sheet.ts";
import { count, type SheetLimits } from "./sheet-limits.ts";

/** Collects the rows of a sheet, whatever its format, under the rules both formats share. */
export type SheetTable = {
  /**
   * Takes the next row with a cell that may hold text; row 1 is the header, blank rows leave no trace.
   * @param row As a spreadsheet program numbers it, 1-based and rising.
   * @throws AppError SHEET_UNREADABLE, SHEET_TOO_LARGE, SHEET_TOO_MANY_ROWS.
   */
  add(row: number, cells: readonly string[]): void;
  /** @throws AppError SHEET_EMPTY, SHEET_UNREADABLE. */
  finish(): Sheet;
};

/**
 * @param options.strictWidth Whether a value to the right of the header is an error. In a CSV it means
 * that the row's cells have shifted; in a workbook it is merely a column without a name.
 */
export function createSheetTable(options: {
  file: string;
  limits: SheetLimits;
  strictWidth: boolean;
}): SheetTable {
  const { file, limits, strictWidth } = options;
  let header: string[] = [];
  let width = 0;
  let textLength = 0;
  const rows: SheetRow[] = [];

  function tooLarge(problem: string, remedy: string): AppError {
    return new AppError("SHEET_TOO_LARGE", `${file}: ${problem}: ${remedy}`);
  }

  function checkSizes(row: number, cells: readonly string[]): void {
    if (cells.length > limits.columns)
      throw tooLarge(
        `row ${row} has ${count(cells.length)} columns, at most ${count(limits.columns)} are allowed`,
        "delete the columns that are not needed",
      );
    for (const [index, cell] of cells.entries()) {
      textLength += cell.length;
      if (cell.length > limits.cellLength)
        throw tooLarge(
          `cell ${columnLetters(index)}${row} holds ${count(cell.length)} characters, at most ${count(limits.cellLength)} are allowed`,
          "shorten it, or look for a quotation mark that is never closed",
        );
    }
    if (textLength > limits.textLength)
      throw tooLarge(
        `the cells hold more than ${count(limits.textLength)} characters`,
        "delete the columns that are not needed",
      );
    if (rows.length > limits.rows)
      throw new AppError(
        "SHEET_TOO_MANY_ROWS",
        `${file}: the sheet has more than ${count(limits.rows)} recipients: split it into several files`,
      );
    if (rows.length * width > limits.cells)
      throw tooLarge(
        `the sheet has more than ${count(limits.cells)} cells`,
        "delete the columns that are not needed or split it into several files",
      );
  }

  function add(row: number, raw: readonly string[]): void {
    const cells = raw.map((cell) => cell.trim());
    const used = cells.findLastIndex((cell) => cell !== "") + 1;
    if (row === 1) {
      checkSizes(row, cells.slice(0, used));
      checkNames(file, cells);
      // The blank tail stays: in a CSV it tells how many cells a row may have.
      header = cells;
      width = used;
      return;
    }
    if (used === 0) return;
    if (header.every((name) => name === "")) throw noHeader(file);
    if (strictWidth && used > header.length)
      throw new AppError(
        "SHEET_UNREADABLE",
        `${file}: row ${row} has ${used} cells but the header has ${header.length}: put quotation marks around a cell that contains the separator, or name the column`,
      );
    cells.length = used;
    rows.push({ row, cells });
    width = Math.max(width, used);
    checkSizes(row, cells);
  }

  function finish(): Sheet {
    const named = header.some((name) => name !== "");
    if (rows.length === 0)
      throw new AppError(
        "SHEET_EMPTY",
        named
          ? `${file} has a header but no recipients: add one row per recipient`
          : `${file} is empty: add a header such as "name" and one row per recipient`,
      );
    for (const { cells } of rows) while (cells.length < width) cells.push("");
    const columns = Array.from({ length: width }, (_, index) => header[index] ?? "");
    return { columns, rows };
  }

  return { add, finish };
}

/** The letters that a spreadsheet program shows above a column: 0 is A, 26 is AA. */
export function columnLetters(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : columnLetters(Math.floor(index / 26) - 1) + last;
}

function checkNames(file: string, names: readonly string[]): void {
  const seen = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    if (name === "") continue;
    const earlier = seen.get(headerKey(name));
    if (earlier !== undefined)
      throw new AppError(
        "SHEET_UNREADABLE",
        `${file}: the header has the column "${name}" twice (${columnLetters(earlier)} and ${columnLetters(index)}): rename or delete one of them`,
      );
    seen.set(headerKey(name), index);
  }
}

function noHeader(file: string): AppError {
  return new AppError(
    "SHEET_UNREADABLE",
    `${file}: row 1 names no column: put the header, such as "name", into the first row`,
  );
}
