import { posix } from "node:path";
import { AppError } from "../domain/app-error.ts";
import type { SheetSource } from "./sheet-limits.ts";
import { damaged, type XlsxArchive } from "./xlsx-archive.ts";
import { builtInDateFormat, customDateFormat, type DateFormat } from "./xlsx-dates.ts";
import { parseXml } from "./xlsx-xml.ts";

/** Parts that describe a workbook, other than its cells and texts, are small. */
const DESCRIPTION_BYTES = 16 * 1024 * 1024;

/** Where the recipients are, and how numbers are to be understood. */
export type Workbook = {
  sheetPart: string;
  sharedStringsPart: string | undefined;
  /** By a cell's style index; styles that show no date are undefined. */
  dateFormats: readonly (DateFormat | undefined)[];
  date1904: boolean;
};

type Relationship = { id: string; type: string; part: string };

/**
 * Finds the first worksheet in the order of the workbook's tabs; hidden sheets, which nobody sees as
 * the first, only count when there is no other.
 * @throws AppError SHEET_UNREADABLE, SHEET_BOMB, SHEET_DOCTYPE.
 */
export async function readWorkbook(archive: XlsxArchive, source: SheetSource): Promise<Workbook> {
  const { file } = source;
  const root = await readRelationships(archive, source, "");
  const part = root.find(({ type }) => type === "officeDocument")?.part ?? "xl/workbook.xml";
  if (!archive.has(part) || !/\.xml$/i.test(part)) throw notAWorkbook(archive, file);

  const sheets: { id: string; hidden: boolean }[] = [];
  let date1904 = false;
  await parseXml(description(archive, source, part), {
    open(element, attribute) {
      if (element === "workbookPr") date1904 = isTrue(attribute("date1904"));
      if (element === "sheet")
        sheets.push({
          id: attribute("id", true) ?? "",
          hidden: (attribute("state") ?? "visible") !== "visible",
        });
    },
  });

  const relationships = await readRelationships(archive, source, part);
  const worksheets = sheets.flatMap(({ id, hidden }) => {
    const target = relationships.find((relationship) => relationship.id === id);
    return target?.type === "worksheet" ? [{ part: target.part, hidden }] : [];
  });
  const sheet = worksheets.find(({ hidden }) => !hidden) ?? worksheets[0];
  if (sheet === undefined) throw damaged(file, "the workbook has no worksheet");
  const styles = relationships.find(({ type }) => type === "styles")?.part;
  return {
    sheetPart: sheet.part,
    sharedStringsPart: relationships.find(({ type }) => type === "sharedStrings")?.part,
    dateFormats: styles === undefined ? [] : await readDateFormats(archive, source, styles),
    date1904,
  };
}

function description(archive: XlsxArchive, { file, limits }: SheetSource, name: string) {
  return { file, name, chunks: archive.chunks(name, DESCRIPTION_BYTES), limits };
}

/** @param part The part whose relationships are asked for, "" for those of the whole archive. */
async function readRelationships(
  archive: XlsxArchive,
  source: SheetSource,
  part: string,
): Promise<Relationship[]> {
  const folder = posix.dirname(part);
  const name = posix.join(folder, "_rels", `${posix.basename(part)}.rels`);
  const relationships: Relationship[] = [];
  if (!archive.has(name)) return relationships;
  await parseXml(description(archive, source, name), {
    open(element, attribute) {
      if (element !== "Relationship" || attribute("TargetMode") === "External") return;
      relationships.push({
        id: attribute("Id") ?? "",
        // The types' address differs between the transitional and the strict form of the standard.
        type: posix.basename(attribute("Type") ?? ""),
        part: posix.resolve(`/${folder}`, attribute("Target") ?? "").slice(1),
      });
    },
  });
  return relationships;
}

async function readDateFormats(
  archive: XlsxArchive,
  source: SheetSource,
  part: string,
): Promise<(DateFormat | undefined)[]> {
  const custom = new Map<number, DateFormat | undefined>();
  const formats: (DateFormat | undefined)[] = [];
  let insideCellFormats = false;
  await parseXml(description(archive, source, part), {
    open(element, attribute) {
      if (element === "cellXfs") insideCellFormats = true;
      else if (element === "numFmt")
        custom.set(Number(attribute("numFmtId")), customDateFormat(attribute("formatCode") ?? ""));
      else if (element === "xf" && insideCellFormats) {
        const id = Number(attribute("numFmtId") ?? 0);
        formats.push(custom.has(id) ? custom.get(id) : builtInDateFormat(id));
      }
    },
    close(element) {
      if (element === "cellXfs") insideCellFormats = false;
    },
  });
  return formats;
}

function isTrue(value: string | undefined): boolean {
  return value === "1" || value === "true";
}

/** Other programs' files are ZIP archives too; the usual ones are named. */
function notAWorkbook(archive: XlsxArchive, file: string): AppError {
  const known = [
    { kind: "an OpenDocument (.ods) file", part: "content.xml" },
    { kind: "a Numbers file", part: "Index/Document.iwa" },
    { kind: "a Numbers file", part: "Index.zip" },
    { kind: "a binary workbook (.xlsb)", part: "xl/workbook.bin" },
  ].find(({ part }) => archive.has(part));
  return new AppError(
    "SHEET_UNREADABLE",
    `${file} is ${known?.kind ?? "a ZIP archive without a workbook"}: save the recipients as XLSX or CSV`,
  );
}
