import type { AppError } from "../domain/app-error.ts";
import { LAST_ROW, type SheetLimits } from "./sheet-limits.ts";
import { columnLetters, type SheetTable } from "./sheet-table.ts";
import { damaged } from "./xlsx-archive.ts";
import { formatDate, formatIsoCell } from "./xlsx-dates.ts";
import { columnIndex, plainNumber, unescapeText } from "./xlsx-values.ts";
import type { Workbook } from "./xlsx-workbook.ts";
import type { XmlHandlers } from "./xlsx-xml.ts";

/** Columns of a worksheet in the file format; a cell beyond was written to harm. */
const MAX_COLUMN = 16_384;
/** An escape such as `_x000D_` takes as many characters for the one it stands for. */
const ESCAPE_LENGTH = 7;

type Cell = {
  column: number;
  type: string;
  style: number;
  /** Cached value, and text written into the cell itself. */
  value: string;
  inline: string;
  hasFormula: boolean;
};

/**
 * Turns a worksheet's XML (ECMA-376 part 1, 18.3.1) into rows of `table`. Formulas count by the value
 * that was saved with them, cells in error are blank.
 * @param sheet.strings The workbook's shared strings.
 */
export function worksheetHandlers(
  sheet: { file: string; limits: SheetLimits; strings: readonly string[]; workbook: Workbook },
  table: SheetTable,
): XmlHandlers {
  const { file, limits, strings } = sheet;
  let insideData = false;
  let row = 0;
  let cells: string[] | undefined;
  let column = -1;
  let cell: Cell | undefined;
  let target: "value" | "inline" | undefined;
  let phonetic = 0;

  function at(column: number): string {
    return `cell ${columnLetters(column)}${row}`;
  }

  function openRow(reference: string | undefined): void {
    const number = reference === undefined ? row + 1 : Number(reference);
    if (!Number.isInteger(number) || number <= row || number > LAST_ROW)
      throw damaged(file, `row "${reference ?? number}" follows row ${row}`);
    row = number;
    cells = [];
    column = -1;
  }

  function place(reference: string | undefined): number {
    const index = reference === undefined ? column + 1 : columnIndex(reference);
    if (index === undefined || index >= MAX_COLUMN)
      throw damaged(file, `row ${row} has a cell at "${reference ?? index}"`);
    return index;
  }

  function textOf({ column, type, style, value, inline, hasFormula }: Cell): string {
    const plain = value.trim();
    if (hasFormula && plain === "" && type !== "str") throw formulaWithoutValue(at(column));
    switch (type) {
      case "s": {
        if (plain === "") return "";
        const text = strings[Number(plain)];
        if (text === undefined)
          throw damaged(file, `${at(column)} refers to text ${plain} of ${strings.length}`);
        return text;
      }
      case "str":
        return unescapeText(value);
      case "inlineStr":
        return unescapeText(inline === "" ? value : inline);
      case "b":
        return plain === "" ? "" : plain === "1" || plain === "true" ? "TRUE" : "FALSE";
      case "e":
        return "";
      case "d":
        return formatIsoCell(plain);
      default:
        return plain === "" ? "" : numberOf(plain, style, column);
    }
  }

  function numberOf(stored: string, style: number, column: number): string {
    const number = plainNumber(stored);
    if (number === undefined) throw damaged(file, `${at(column)} holds "${stored}", not a number`);
    const { dateFormats, date1904 } = sheet.workbook;
    const format = dateFormats[style];
    if (format === undefined) return number;
    return formatDate(Number(stored), { format, date1904 }) ?? number;
  }

  function formulaWithoutValue(place: string): AppError {
    return damaged(file, `${place} holds a formula without its result`);
  }

  return {
    open(element, attribute) {
      if (element === "sheetData") insideData = true;
      if (!insideData) return;
      if (element === "row") openRow(attribute("r"));
      else if (element === "c" && cells !== undefined) {
        column = place(attribute("r"));
        cell = {
          column,
          type: attribute("t") ?? "n",
          style: Number(attribute("s") ?? 0),
          value: "",
          inline: "",
          hasFormula: false,
        };
      } else if (cell === undefined) return;
      else if (element === "v") target = "value";
      else if (element === "t" && phonetic === 0) target = "inline";
      else if (element === "rPh") phonetic += 1;
      else if (element === "f") cell.hasFormula = true;
    },
    text(text) {
      if (cell === undefined || target === undefined) return;
      cell[target] += text;
      if (cell[target].length > limits.cellLength * ESCAPE_LENGTH)
        throw damaged(file, `${at(cell.column)} has no end`);
    },
    close(element) {
      if (element === "v" || element === "t") target = undefined;
      else if (element === "rPh") phonetic -= 1;
      else if (element === "c" && cell !== undefined && cells !== undefined) {
        const text = textOf(cell);
        // Formatted blank cells may reach far to the right; they must not make the row wide.
        if (text !== "") {
          while (cells.length < cell.column) cells.push("");
          cells[cell.column] = text;
        }
        cell = undefined;
      } else if (element === "row" && cells !== undefined) {
        table.add(row, cells);
        cells = undefined;
      } else if (element === "sheetData") insideData = false;
    },
  };
}
