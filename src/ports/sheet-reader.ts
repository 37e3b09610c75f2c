import type { Sheet } from "../domain/sheet.ts";

export type SheetDescription = {
  /** Header names as `Sheet` has them. */
  columns: string[];
  /** How many rows `read` gives. */
  rows: number;
};

/**
 * Reads recipients sheets.
 * @throws AppError FILE_NOT_FOUND, SHEET_UNREADABLE, SHEET_EMPTY (no data row), SHEET_TOO_LARGE,
 * SHEET_TOO_MANY_ROWS, SHEET_BOMB, SHEET_DOCTYPE; CANCELLED, WORKER_CRASHED, WORKER_TIMEOUT.
 */
export interface SheetReader {
  /**
   * Reads the first sheet of a CSV or XLSX file; the format is told by the content, not the name.
   * Rows in which every cell is blank are left out, without changing the other rows' numbers.
   */
  read(path: string, options?: { signal: AbortSignal }): Promise<Sheet>;
  /** Reads the whole sheet as `read` does and tells only what it is like. */
  describe(path: string, options: { signal: AbortSignal }): Promise<SheetDescription>;
}
