import { CsvError, parse } from "csv-parse/sync";
import { AppError } from "../domain/app-error.ts";
import type { Sheet } from "../domain/sheet.ts";
import { CSV_DIALECT, sniffDelimiter } from "./csv-delimiter.ts";
import { count, LAST_ROW, type SheetSource } from "./sheet-limits.ts";
import { createSheetTable } from "./sheet-table.ts";
import { toUtf8 } from "./text-encoding.ts";

/** The line with which spreadsheet programs let a CSV name its own delimiter; they do not show it. */
const SEPARATOR_LINE = /^"?sep=([^\r\n])"?(?:\r\n|\n|\r|$)/i;

/**
 * Reads a CSV in any common delimiter, encoding and line end. A blank line counts in the row numbers,
 * a quoted cell that runs over several lines does not.
 * @throws AppError SHEET_UNREADABLE, SHEET_TOO_LARGE, SHEET_TOO_MANY_ROWS, SHEET_EMPTY.
 */
export function readCsv({ file, bytes, limits }: SheetSource): Sheet {
  let utf8 = toUtf8(bytes, file);
  refuseOtherFormats(utf8, file);
  refuseEndlessLines(utf8, file);
  const separator = SEPARATOR_LINE.exec(utf8.toString("utf8", 0, 16));
  if (separator !== null) utf8 = utf8.subarray(Buffer.byteLength(separator[0]));

  const table = createSheetTable({ file, limits, strictWidth: true });
  let row = 0;
  let recordStart = 0;
  try {
    parse(utf8, {
      ...CSV_DIALECT,
      delimiter: separator?.[1] ?? sniffDelimiter(utf8),
      on_record: (cells: string[], { bytes_records: recordEnd }) => {
        row += 1;
        if (row > LAST_ROW)
          throw new AppError(
            "SHEET_TOO_MANY_ROWS",
            `${file} has more than ${count(LAST_ROW)} rows, blank ones included: delete the blank ones or split it`,
          );
        refuseSwallowedLines(cells, { file, row, record: utf8.subarray(recordStart, recordEnd) });
        recordStart = recordEnd;
        table.add(row, cells);
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (error.code === "CSV_QUOTE_NOT_CLOSED") throw openQuote(file, row + 1, error);
    throw new AppError("SHEET_UNREADABLE", `${file}: row ${row + 1}: ${error.message}`, {
      cause: error,
    });
  }
  return table.finish();
}

/**
 * A stray quotation mark at a cell's start, as in `"Big" Joe`, is kept as text. When the text it
 * opened runs on over line ends, it has swallowed the recipients of those lines.
 */
function refuseSwallowedLines(
  cells: readonly string[],
  { file, row, record }: { file: string; row: number; record: Buffer },
): void {
  for (const cell of cells) {
    if (!cell.startsWith('"') || !/[\r\n]/.test(cell)) continue;
    const wellQuoted = record.includes(`""${cell.slice(0, 2)}`);
    if (!wellQuoted) throw openQuote(file, row);
  }
}

function openQuote(file: string, row: number, cause?: unknown): AppError {
  return new AppError(
    "SHEET_UNREADABLE",
    `${file}: row ${row} has a quotation mark that opens a cell and is not closed at its end: close it, or put the whole cell in quotation marks and double those inside`,
    { cause },
  );
}

function refuseOtherFormats(utf8: Buffer, file: string): void {
  const start = utf8.toString("utf8", 0, 512);
  if (/^\s*<(?:\?xml|!doctype|html|head|body|table)\b/i.test(start))
    throw new AppError(
      "SHEET_UNREADABLE",
      `${file} is a web page or XML, not a sheet: open it in a spreadsheet program and save it as XLSX or CSV`,
    );
  let controls = 0;
  for (const byte of utf8) {
    if (byte === 0) throw notASheet(file);
    if (byte < 0x20 && !TEXT_CONTROLS.has(byte)) controls += 1;
  }
  // A few strays come with text pasted from elsewhere; many mean that it is no text.
  if (start.startsWith("%PDF-") || controls * 100 > utf8.length) throw notASheet(file);
}

/** A row is read as a whole: millions of cells in one would exhaust memory before they are counted. */
function refuseEndlessLines(utf8: Buffer, file: string): void {
  let separators = 0;
  for (const byte of utf8) {
    if (byte === 0x0a || byte === 0x0d) separators = 0;
    else if (SEPARATOR_BYTES.has(byte)) separators += 1;
    if (separators > MAX_LINE_SEPARATORS)
      throw new AppError(
        "SHEET_TOO_LARGE",
        `${file} has a line of more than ${count(MAX_LINE_SEPARATORS)} separators: put each recipient on a line`,
      );
  }
}

const SEPARATOR_BYTES = new Set([..."\t,;|"].map((separator) => separator.charCodeAt(0)));
const MAX_LINE_SEPARATORS = 100_000;

/** Tab, line feed, vertical tab, form feed, carriage return. */
const TEXT_CONTROLS = new Set([0x09, 0x0a, 0x0b, 0x0c, 0x0d]);

function notASheet(file: string): AppError {
  return new AppError(
    "SHEET_UNREADABLE",
    `${file} is neither CSV nor XLSX: save the recipients as XLSX or CSV`,
  );
}
