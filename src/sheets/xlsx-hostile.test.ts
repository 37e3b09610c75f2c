import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode } from "../domain/app-error.ts";
import type { SheetLimits } from "./sheet-limits.ts";
import { makeXlsx, replaceMembers, workbookMembers, worksheet } from "./testing/make-xlsx.ts";
import { makeZip, type ZipMember } from "./testing/make-zip.ts";
import { appError, readAsFile } from "./testing/sheet-file.ts";

const SHEET = "xl/worksheets/sheet1.xml";
const ROWS = ["name", "Priya", "Amit"].map((text) => `<row><c t="str"><v>${text}</v></c></row>`);
const MEMBERS = workbookMembers({ rows: ROWS.join("") });
const SIZE = String(MEMBERS.find(({ name }) => name === SHEET)?.data).length;

function read(members: readonly ZipMember[], limits: Partial<SheetLimits> = {}) {
  return readAsFile(makeZip(members), { name: "recipients.xlsx", limits });
}

/** The sound workbook with its worksheet changed. */
function withSheet(change: Partial<ZipMember>): ZipMember[] {
  return MEMBERS.map((member) => (member.name === SHEET ? { ...member, ...change } : member));
}

async function refuses(members: readonly ZipMember[], message: RegExp): Promise<void> {
  await assert.rejects(read(members), appError("SHEET_UNREADABLE", message));
}

test("the workbook that the other tests break is sound", async () => {
  assert.equal((await read(MEMBERS)).rows.length, 2);
});

test("every size has a limit that names its value", async () => {
  const refused = (limits: Partial<SheetLimits>, code: ErrorCode, message: RegExp) =>
    assert.rejects(read(MEMBERS, limits), appError(code, message));
  await refused({ entries: 3 }, "SHEET_BOMB", /an archive of 4 files, at most 3 are allowed/);
  await refused({ partBytes: SIZE - 1 }, "SHEET_BOMB", /sheet1\.xml unpacks to .* at most .* is/);
  await refused({ elements: 10 }, "SHEET_BOMB", /sheet1\.xml has more than 10 XML elements/);
  await refused({ rows: 1 }, "SHEET_TOO_MANY_ROWS", /more than 1 recipients: split it/);
  await refused({ columns: 0 }, "SHEET_TOO_LARGE", /row 1 has 1 columns, at most 0/);
  await refused({ cellLength: 4 }, "SHEET_TOO_LARGE", /cell A2 holds 5 characters, at most 4/);
  const limits = { entries: 4, partBytes: SIZE, elements: 11, rows: 2, columns: 1, cellLength: 5 };
  assert.equal((await read(MEMBERS, limits)).rows.length, 2);
});

test("a far column is refused when it holds something", async () => {
  const rows = `${ROWS[0]}<row><c r="IW2" t="str"><v>x</v></c></row>`;
  await assert.rejects(
    read(workbookMembers({ rows })),
    appError("SHEET_TOO_LARGE", /row 2 has 257 columns, at most 256 are allowed/),
  );
});

test("the table of shared strings has a limit, used or not", async () => {
  const sharedStrings = "<si><t>text</t></si>".repeat(5);
  const members = workbookMembers({ rows: ROWS.join(""), sharedStrings });
  await assert.rejects(
    read(members, { sharedStrings: 4 }),
    appError("SHEET_TOO_LARGE", /holds more than 4 texts/),
  );
  await assert.rejects(
    read(members, { textLength: 19 }),
    appError("SHEET_TOO_LARGE", /holds more than 19 characters of text/),
  );
  assert.equal((await read(members, { sharedStrings: 5, textLength: 20 })).rows.length, 2);
});

test("a part that unpacks to a thousand times its size is refused unread", async () => {
  const data = Buffer.alloc(11 * 1024 * 1024, " ");
  await assert.rejects(
    read(withSheet({ data })),
    appError("SHEET_BOMB", /sheet1\.xml is compressed \d+:1, at most 200:1/),
  );
});

test("a part that unpacks to more or less than it declares is refused", async () => {
  await refuses(withSheet({ declaredBytes: SIZE - 1 }), /too many bytes in the stream/);
  await refuses(withSheet({ declaredBytes: SIZE + 1 }), /not enough bytes in the stream/);
  await refuses(withSheet({ declaredCrc: 1 }), /the checksum of .*sheet1\.xml does not match/);
});

test("a DOCTYPE is refused before its entities can be used", async () => {
  const data =
    '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet><sheetData>&b;</sheetData></worksheet>';
  await assert.rejects(
    read(withSheet({ data })),
    appError("SHEET_DOCTYPE", /sheet1\.xml has a DOCTYPE/),
  );
});

test("deep nesting and endless tags are refused", async () => {
  await refuses(withSheet({ data: "<a>".repeat(100) }), /nests deeper than 64 elements/);
  const attributes = Array.from({ length: 200_000 }, (_, index) => `a${index}=""`).join(" ");
  await refuses(withSheet({ data: `<worksheet ${attributes}` }), /a text or tag above 1 MiB/);
});

test("XML that is broken off, malformed or not UTF-8 is refused", async () => {
  await refuses(withSheet({ data: "<worksheet><sheetData><row>" }), /sheet1\.xml: .*unclosed tag/);
  await refuses(withSheet({ data: "<worksheet>&none;</worksheet>" }), /sheet1\.xml: .*entity/);
  const latin = Buffer.from("<worksheet>é</worksheet>", "latin1");
  await refuses(withSheet({ data: latin }), /sheet1\.xml is not valid utf-8/);
});

test("an archive that is cut off is refused", async () => {
  const zip = makeXlsx([["name"], ["Priya"]]);
  await assert.rejects(
    readAsFile(zip.subarray(0, zip.length - 30)),
    appError("SHEET_UNREADABLE", /is not a sound XLSX file \(.*\): open it .* save it again/),
  );
});

test("paths that climb, absolute paths and doubled names are refused", async () => {
  await refuses([...MEMBERS, { name: "../evil.xml", data: "" }], /invalid relative path/);
  await refuses([...MEMBERS, { name: "/etc/passwd", data: "" }], /absolute path/);
  await refuses([...MEMBERS, worksheet(SHEET.toUpperCase(), "")], /two parts are named XL/);
});

test("a workbook that lacks its sheet is refused", async () => {
  const rest = MEMBERS.filter(({ name }) => name !== SHEET);
  await refuses(rest, /the part xl\/worksheets\/sheet1\.xml is missing/);
  const empty = { name: "xl/workbook.xml", data: "<workbook><sheets/></workbook>" };
  await refuses(replaceMembers(MEMBERS, empty), /the workbook has no worksheet/);
});

test("encrypted files are refused by name", async () => {
  const message = /recipients\.xlsx is protected by a password: save it without one/;
  await refuses(withSheet({ flags: 1 }), message);
  await refuses(withSheet({ flags: 0x41 }), message);
  const sealed = Buffer.concat([
    Buffer.from("d0cf11e0a1b11ae1", "hex"),
    Buffer.from("EncryptedPackage", "utf16le"),
  ]);
  await assert.rejects(
    readAsFile(sealed, { name: "recipients.xlsx" }),
    appError("SHEET_UNREADABLE", message),
  );
});

test("other programs' workbooks are named, with the formats to save as", async () => {
  const members = (...names: string[]) => names.map((name) => ({ name, data: "x" }));
  const remedy = ": save the recipients as XLSX or CSV$";
  await refuses(members("mimetype", "content.xml"), new RegExp(`an OpenDocument.*${remedy}`));
  await refuses(members("Index/Document.iwa"), new RegExp(`is a Numbers file${remedy}`));
  await refuses(members("xl/workbook.bin"), new RegExp(`is a binary workbook.*${remedy}`));
  await refuses(
    members("word/document.xml"),
    new RegExp(`ZIP archive without a workbook${remedy}`),
  );
  await refuses([], new RegExp(`ZIP archive without a workbook${remedy}`));
  await assert.rejects(
    readAsFile(Buffer.from("d0cf11e0a1b11ae1000000", "hex"), { name: "old.xls" }),
    appError("SHEET_UNREADABLE", /^old\.xls is an old binary workbook.*save it as XLSX or CSV$/),
  );
});
