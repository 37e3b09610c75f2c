/** What a recipients sheet may at most hold; beyond it reading stops. */
export type SheetLimits = {
  /** Bytes of the file on disk. */
  fileBytes: number;
  /** Rows below the header that are not blank; beyond them SHEET_TOO_MANY_ROWS. */
  rows: number;
  /** Columns with a name or a value. */
  columns: number;
  /** Rows times columns: bounds the memory of wide sheets. */
  cells: number;
  /** UTF-16 units in one cell. */
  cellLength: number;
  /** UTF-16 units in all cells together. */
  textLength: number;
  /** Files inside an XLSX archive; beyond this and the three bounds below SHEET_BOMB. */
  entries: number;
  /** Bytes of one unpacked part of an XLSX archive, declared or actual. */
  partBytes: number;
  /** Unpacked over packed bytes of a part; asked only of parts above 10 MiB. */
  compressionRatio: number;
  /** Elements in one part of an XLSX archive: empty ones hold nothing and still take their time. */
  elements: number;
  /** Entries in the table of strings that the sheets of a workbook share. */
  sharedStrings: number;
};

/** 32,767 is the longest text a spreadsheet program allows in a cell. */
export const DEFAULT_SHEET_LIMITS: SheetLimits = {
  fileBytes: 50 * 1024 * 1024,
  rows: 100_000,
  columns: 256,
  cells: 5_000_000,
  cellLength: 32_767,
  textLength: 50_000_000,
  entries: 2_000,
  partBytes: 256 * 1024 * 1024,
  compressionRatio: 200,
  elements: 16_000_000,
  sharedStrings: 2_000_000,
};

/**
 * What a server accepts from strangers where it is less than the defaults: the worst file within these
 * is refused in about two seconds.
 */
export const SERVER_SHEET_LIMITS: SheetLimits = {
  ...DEFAULT_SHEET_LIMITS,
  fileBytes: 20 * 1024 * 1024,
  elements: 8_000_000,
};

/** The last row that spreadsheet programs have, in any format. */
export const LAST_ROW = 1_048_576;

/** A sheet's content with what messages and checks need; `file` is the name that messages show. */
export type SheetSource = { file: string; bytes: Buffer; limits: SheetLimits };

/** A whole number with thousands separated, as messages show limits. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** A number of bytes in MiB, as messages show sizes. */
export function mebibytes(bytes: number): string {
  return `${Number((bytes / 1024 / 1024).toFixed(1))} MiB`;
}
