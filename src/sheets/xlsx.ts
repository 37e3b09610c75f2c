import { AppError } from "../domain/app-error.ts";
import type { Sheet } from "../domain/sheet.ts";
import { count, type SheetSource } from "./sheet-limits.ts";
import { createSheetTable } from "./sheet-table.ts";
import { openXlsxArchive, type XlsxArchive } from "./xlsx-archive.ts";
import { unescapeText } from "./xlsx-values.ts";
import { readWorkbook } from "./xlsx-workbook.ts";
import { worksheetHandlers } from "./xlsx-worksheet.ts";
import { parseXml } from "./xlsx-xml.ts";

/**
 * Reads the first sheet of an XLSX workbook. Parts are streamed and every size has a bound, so that a
 * file made to harm costs no more than a large honest one.
 * @throws AppError SHEET_UNREADABLE, SHEET_TOO_LARGE, SHEET_TOO_MANY_ROWS, SHEET_BOMB, SHEET_DOCTYPE,
 * SHEET_EMPTY.
 */
export async function readXlsx(source: SheetSource): Promise<Sheet> {
  const { file, limits } = source;
  const archive = await openXlsxArchive(source);
  const workbook = await readWorkbook(archive, source);
  const strings =
    workbook.sharedStringsPart === undefined
      ? []
      : await readSharedStrings(archive, source, workbook.sharedStringsPart);
  const table = createSheetTable({ file, limits, strictWidth: false });
  await parseXml(
    { file, name: workbook.sheetPart, chunks: archive.chunks(workbook.sheetPart), limits },
    worksheetHandlers({ file, limits, strings, workbook }, table),
  );
  return table.finish();
}

/** The texts in order, rich-text runs joined, without the phonetic guides of East Asian text. */
async function readSharedStrings(
  archive: XlsxArchive,
  { file, limits }: SheetSource,
  part: string,
): Promise<string[]> {
  const strings: string[] = [];
  let length = 0;
  let text = "";
  let insideText = false;
  let phonetic = 0;
  const tooManyTexts = (amount: string): AppError =>
    new AppError(
      "SHEET_TOO_LARGE",
      `${file} holds ${amount}: save only the recipients in a new workbook or as CSV`,
    );
  await parseXml(
    { file, name: part, chunks: archive.chunks(part), limits },
    {
      open(element) {
        if (element === "si") text = "";
        else if (element === "t") insideText = true;
        else if (element === "rPh") phonetic += 1;
      },
      text(value) {
        if (!insideText || phonetic > 0) return;
        text += value;
        length += value.length;
        if (length > limits.textLength)
          throw tooManyTexts(`more than ${count(limits.textLength)} characters of text`);
      },
      close(element) {
        if (element === "t") insideText = false;
        else if (element === "rPh") phonetic -= 1;
        else if (element === "si") strings.push(unescapeText(text));
        if (strings.length > limits.sharedStrings)
          throw tooManyTexts(`more than ${count(limits.sharedStrings)} texts`);
      },
    },
  );
  return strings;
}
