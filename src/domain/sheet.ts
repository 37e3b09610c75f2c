/** A recipients sheet as it was read: a header and the rows below it. */
export type Sheet = {
  /** Header names in order, trimmed, as the sheet spells them; a blank header is an empty string. */
  columns: string[];
  rows: SheetRow[];
};

export type SheetRow = {
  /** The row's number as a spreadsheet program shows it: the header is row 1, data starts at 2. */
  row: number;
  /** One trimmed text per column of the header; an absent cell is an empty string. */
  cells: string[];
};

/** The form in which header names are compared: without case and surrounding space. */
export function headerKey(name: string): string {
  return name.normalize("NFC").trim().toLowerCase();
}
