import assert from "node:assert/strict";
import { test } from "node:test";
import {
  makeXlsx,
  relationships,
  replaceMembers,
  type WorkbookParts,
  workbook,
  workbookMembers,
  worksheet,
} from "./testing/make-xlsx.ts";
import { makeZip } from "./testing/make-zip.ts";
import { appError, readAsFile } from "./testing/sheet-file.ts";

const HEADER = '<row r="1"><c r="A1" t="str"><v>name</v></c><c r="B1" t="str"><v>b</v></c></row>';

/** The rows below the header, as row number and cells. */
async function readRows(zip: Buffer) {
  const { rows } = await readAsFile(zip, { name: "recipients.xlsx" });
  return rows.map(({ row, cells }) => [row, ...cells]);
}

function readParts(parts: WorkbookParts) {
  return readRows(makeZip(workbookMembers(parts)));
}

/** What is read from a single cell below the column `name`. */
async function readCell(cell: string, parts: Omit<WorkbookParts, "rows"> = {}) {
  const rows = `<row><c t="str"><v>name</v></c><c t="str"><v>x</v></c></row><row>${cell}<c t="str"><v>kept</v></c></row>`;
  return (await readParts({ rows, ...parts }))[0]?.[1];
}

test("texts, numbers and truth values are read from the first sheet", async () => {
  const sheet = await readAsFile(
    makeXlsx([
      ["name", " phone ", "agreed"],
      ["रवि <&>", 919800000001, true],
      ["Amit", null, false],
    ]),
  );
  assert.deepEqual(sheet, {
    columns: ["name", "phone", "agreed"],
    rows: [
      { row: 2, cells: ["रवि <&>", "919800000001", "TRUE"] },
      { row: 3, cells: ["Amit", "", "FALSE"] },
    ],
  });
});

test("a stored archive is read like a deflated one", async () => {
  const members = workbookMembers({ rows: `${HEADER}<row r="2"><c t="str"><v>Amit</v></c></row>` });
  const stored = makeZip(members.map((member) => ({ ...member, stored: true })));
  assert.deepEqual(await readRows(stored), [[2, "Amit", ""]]);
});

test("cells go where their references say, and rows keep their numbers", async () => {
  const rows = `${HEADER}
    <row r="3"><c r="C3" t="str"><v>note</v></c><c r="A3" t="str"><v>Amit</v></c></row>
    <row r="7"><c r="A7" s="0"/><c r="XFD7" s="0"/></row>
    <row><c t="str"><v>Neha</v></c><c r="C8" t="str"><v>c</v></c><c t="str"><v>d</v></c></row>`;
  const { columns } = await readAsFile(makeZip(workbookMembers({ rows })));
  assert.deepEqual(columns, ["name", "b", "", ""]);
  assert.deepEqual(await readParts({ rows }), [
    [3, "Amit", "", "note", ""],
    [8, "Neha", "", "c", "d"],
  ]);
});

test("shared strings join their rich-text runs and leave out phonetic guides", async () => {
  const sharedStrings =
    '<si><t>name</t></si><si><r><t xml:space="preserve">Mont</t></r><r><rPr><b/></rPr><t>gomery</t></r></si>' +
    "<si><t>李小龙</t><rPh sb='0' eb='3'><t>リ</t></rPh><phoneticPr fontId='1'/></si><si><t><![CDATA[A & B]]></t></si>";
  const rows = [0, 1, 2, 3].map((index) => `<row><c t="s"><v>${index}</v></c></row>`).join("");
  assert.deepEqual(await readParts({ rows, sharedStrings }), [
    [2, "Montgomery"],
    [3, "李小龙"],
    [4, "A & B"],
  ]);
});

test("inline strings join their runs and leave out phonetic guides", async () => {
  const cell =
    '<c t="inlineStr"><is><r><t>Pri</t></r><r><t>ya</t></r><rPh sb="0" eb="1"><t>x</t></rPh></is></c>';
  assert.equal(await readCell(cell), "Priya");
});

test("escaped characters are restored", async () => {
  assert.equal(
    await readCell('<c t="str"><v>a_x000D_\nb_x005F_x0041_ _x0000_</v></c>'),
    "a\nb_x0041_ _x0000_",
  );
});

test("a formula counts by its saved value, a cell in error is blank", async () => {
  assert.equal(await readCell('<c t="str"><f>A1&amp;"x"</f><v>Priya</v></c>'), "Priya");
  assert.equal(await readCell("<c><f>1+1</f><v>2</v></c>"), "2");
  assert.equal(await readCell('<c t="str"><f>""</f><v></v></c>'), "");
  assert.equal(await readCell('<c t="e"><f>1/0</f><v>#DIV/0!</v></c>'), "");
});

test("a formula without a saved value is refused, not taken as blank", async () => {
  await assert.rejects(
    readCell("<c><f>B1</f><v/></c>"),
    appError("SHEET_UNREADABLE", /cell A2 holds a formula without its result.*save it again/),
  );
});

for (const [stored, shown] of [
  ["9.19800000001E11", "919800000001"],
  ["5215500000003", "5215500000003"],
  ["12345678901234567890", "12345678901234567890"],
  ["0.1", "0.1"],
  ["0.10000000000000001", "0.1"],
  ["0.30000000000000004", "0.3"],
  ["-1.50", "-1.5"],
  ["-0", "0"],
  ["1E21", "1E+21"],
] as const)
  test(`the number ${stored} is shown as ${shown}`, async () => {
    assert.equal(await readCell(`<c><v>${stored}</v></c>`), shown);
  });

test("a number cell that holds no number is refused", async () => {
  await assert.rejects(
    readCell("<c><v>12a</v></c>"),
    appError("SHEET_UNREADABLE", /cell A2 holds "12a", not a number/),
  );
});

test("numbers in a date style are read as ISO dates, in both date systems", async () => {
  const styles =
    '<numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/><numFmt numFmtId="165" formatCode="0.00&quot; days&quot;"/></numFmts>' +
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>' +
    '<cellXfs><xf/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>';
  const date = (style: number, date1904 = false) =>
    readCell(`<c s="${style}"><v>45352</v></c>`, { styles, date1904 });
  assert.equal(await date(0), "45352");
  assert.equal(await date(1), "2024-03-01");
  assert.equal(await date(2), "2024-03-01");
  assert.equal(await date(3), "45352");
  assert.equal(await date(1, true), "2028-03-02");
  assert.equal(await readCell('<c t="d"><v>2024-03-01T00:00:00</v></c>'), "2024-03-01");
});

test("the first visible worksheet in the workbook's order is read, wherever its part is", async () => {
  const members = replaceMembers(
    workbookMembers({ rows: `${HEADER}<row><c t="str"><v>wrong</v></c></row>` }),
    relationships("_rels/.rels", [["a", "officeDocument", "/xl/book.xml"]]),
    {
      ...workbook([
        'name="Chart" sheetId="9" r:id="rId9"',
        'name="Old" sheetId="1" state="hidden" r:id="rId1"',
        'name="List" sheetId="7" r:id="rId7"',
        'name="More" sheetId="1" r:id="rId1"',
      ]),
      name: "xl/book.xml",
    },
    relationships("xl/_rels/book.xml.rels", [
      ["rId1", "worksheet", "worksheets/sheet1.xml"],
      ["rId7", "worksheet", "../Custom/List.XML"],
      ["rId9", "chartsheet", "chartsheets/sheet1.xml"],
    ]),
    worksheet("custom/list.xml", `${HEADER}<row><c t="str"><v>right</v></c></row>`),
  );
  assert.deepEqual(await readRows(makeZip(members)), [[2, "right", ""]]);
});

test("elements may carry a namespace prefix, and parts may be UTF-16", async () => {
  const xml =
    '<x:worksheet xmlns:x="m"><x:sheetData><x:row r="1"><x:c r="A1" t="str"><x:v>name</x:v></x:c></x:row>' +
    '<x:row r="2"><x:c r="A2" t="str"><x:v>रवि</x:v></x:c></x:row></x:sheetData></x:worksheet>';
  const part = { name: "xl/worksheets/sheet1.xml", data: Buffer.from(`\ufeff${xml}`, "utf16le") };
  const zip = makeZip(replaceMembers(workbookMembers({ rows: "" }), part));
  assert.deepEqual(await readRows(zip), [[2, "रवि"]]);
});

test("a workbook without recipients is empty", async () => {
  await assert.rejects(
    readAsFile(makeXlsx([["name"]]), { name: "r.xlsx" }),
    appError("SHEET_EMPTY", /^r\.xlsx has a header but no recipients/),
  );
  await assert.rejects(readRows(makeXlsx([])), appError("SHEET_EMPTY", /is empty: add a header/));
});

test("the header must be in row 1 and its names must differ", async () => {
  await assert.rejects(
    readParts({ rows: '<row r="3"><c t="str"><v>name</v></c></row>' }),
    appError("SHEET_UNREADABLE", /row 1 names no column/),
  );
  await assert.rejects(
    readRows(makeXlsx([["name", "Phone", "phone"], ["a"]])),
    appError("SHEET_UNREADABLE", /the column "phone" twice \(B and C\)/),
  );
});

test("a worksheet whose references contradict themselves is refused", async () => {
  const refused = (rows: string, message: RegExp) =>
    assert.rejects(readParts({ rows: HEADER + rows }), appError("SHEET_UNREADABLE", message));
  await refused('<row r="1"/>', /row "1" follows row 1/);
  await refused('<row r="2000000"/>', /row "2000000" follows row 1/);
  await refused('<row r="2"><c r="ZZZ2"/></row>', /row 2 has a cell at "ZZZ2"/);
  await refused('<row r="2"><c t="s"><v>5</v></c></row>', /cell A2 refers to text 5 of 0/);
});
