import type { Sheet } from "../domain/sheet.ts";

export interface SheetReader {
  /**
   * Reads the first sheet of a CSV or XLSX file; the format is told by the content, not the name.
   * Rows in which every cell is blank are left out, without changing the other rows' numbers.
   * @throws AppError FILE_NOT_FOUND, SHEET_UNREADABLE, SHEET_TOO_LARGE, SHEET_EMPTY (no data row).
   */
  read(path: string): Promise<Sheet>;
}
