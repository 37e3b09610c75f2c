import { makeZip, type ZipMember } from "./make-zip.ts";

const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships";

/** The inside of a workbook, where it differs from one with a single plain sheet. */
export type WorkbookParts = {
  /** The content of `<sheetData>`. */
  rows: string;
  /** The content of `<sst>`; without it the workbook has no shared strings. */
  sharedStrings?: string;
  /** The content of `<styleSheet>`; without it the workbook has no styles. */
  styles?: string;
  date1904?: boolean;
};

/** A workbook whose first sheet has these cells, from A1 on; null leaves a cell out. */
export function makeXlsx(rows: readonly (readonly (string | number | boolean | null)[])[]): Buffer {
  const cell = (value: string | number | boolean | null): string => {
    if (value === null) return "<c/>";
    if (typeof value === "number") return `<c><v>${value}</v></c>`;
    if (typeof value === "boolean") return `<c t="b"><v>${value ? 1 : 0}</v></c>`;
    return `<c t="inlineStr"><is><t xml:space="preserve">${escapeXml(value)}</t></is></c>`;
  };
  const xml = rows.map((cells) => `<row>${cells.map(cell).join("")}</row>`).join("");
  return makeZip(workbookMembers({ rows: xml }));
}

/** The members of a workbook's archive, to be changed and zipped by tests that need odd ones. */
export function workbookMembers(parts: WorkbookParts): ZipMember[] {
  const targets: Relationship[] = [["rId1", "worksheet", "worksheets/sheet1.xml"]];
  if (parts.styles !== undefined) targets.push(["rId2", "styles", "styles.xml"]);
  if (parts.sharedStrings !== undefined)
    targets.push(["rId3", "sharedStrings", "sharedStrings.xml"]);
  const members: ZipMember[] = [
    relationships("_rels/.rels", [["rId1", "officeDocument", "xl/workbook.xml"]]),
    {
      name: "xl/workbook.xml",
      data: `<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><workbookPr date1904="${parts.date1904 === true ? 1 : 0}"/><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    },
    relationships("xl/_rels/workbook.xml.rels", targets),
    worksheet("xl/worksheets/sheet1.xml", parts.rows),
  ];
  if (parts.styles !== undefined)
    members.push({
      name: "xl/styles.xml",
      data: `<styleSheet xmlns="${MAIN}">${parts.styles}</styleSheet>`,
    });
  if (parts.sharedStrings !== undefined)
    members.push({
      name: "xl/sharedStrings.xml",
      data: `<sst xmlns="${MAIN}">${parts.sharedStrings}</sst>`,
    });
  return members;
}

/** A worksheet part; `rows` is the content of `<sheetData>`. */
export function worksheet(name: string, rows: string): ZipMember {
  return {
    name,
    data: `<?xml version="1.0" encoding="UTF-8"?>\n<worksheet xmlns="${MAIN}"><sheetData>${rows}</sheetData></worksheet>`,
  };
}

/** A workbook part with these sheets, given as the attributes of `<sheet>` elements. */
export function workbook(sheets: readonly string[]): ZipMember {
  const elements = sheets.map((attributes) => `<sheet ${attributes}/>`).join("");
  return {
    name: "xl/workbook.xml",
    data: `<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><sheets>${elements}</sheets></workbook>`,
  };
}

/** `type` is the last word of the type's address. */
type Relationship = readonly [id: string, type: string, target: string];

/** A part that says where another part's relatives are. */
export function relationships(name: string, targets: readonly Relationship[]): ZipMember {
  const elements = targets.map(
    ([id, type, target]) =>
      `<Relationship Id="${id}" Type="${RELATIONS}/${type}" Target="${target}"/>`,
  );
  return {
    name,
    data: `<Relationships xmlns="${PACKAGE_RELATIONS}">${elements.join("")}</Relationships>`,
  };
}

/** `members` with those of the same name replaced by `changes`, and the other changes added. */
export function replaceMembers(
  members: readonly ZipMember[],
  ...changes: readonly ZipMember[]
): ZipMember[] {
  const names = new Set(changes.map(({ name }) => name));
  return [...members.filter(({ name }) => !names.has(name)), ...changes];
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
