import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode } from "../domain/app-error.ts";
import { appError, readAsFile } from "./testing/sheet-file.ts";

/** Columns and rows of a CSV; a row is its number and its cells. */
async function read(content: string | Uint8Array) {
  const { columns, rows } = await readAsFile(content);
  return [columns, ...rows.map(({ row, cells }) => [row, ...cells])];
}

for (const [name, delimiter] of [
  ["comma", ","],
  ["semicolon", ";"],
  ["tab", "\t"],
  ["pipe", "|"],
] as const)
  test(`a ${name} is recognised as the delimiter`, async () => {
    const lines = [
      ["name", "phone", "company"],
      ["Priya", "919800000001", '"Sharma, Sharma; Co | Sons"'],
      ["Amit", "", "Delhi Motors"],
    ];
    assert.deepEqual(await read(lines.map((cells) => cells.join(delimiter)).join("\n")), [
      ["name", "phone", "company"],
      [2, "Priya", "919800000001", "Sharma, Sharma; Co | Sons"],
      [3, "Amit", "", "Delhi Motors"],
    ]);
  });

test("a delimiter that divides every row alike wins over one that is part of the text", async () => {
  assert.deepEqual(await read("name;home, street;sum\nPriya;1, Main;1,5\nAmit;Pune;2,75\n"), [
    ["name", "home, street", "sum"],
    [2, "Priya", "1, Main", "1,5"],
    [3, "Amit", "Pune", "2,75"],
  ]);
});

test("a sheet of one column needs no delimiter", async () => {
  assert.deepEqual(await read("name\nPriya Sharma\nAmit\n"), [
    ["name"],
    [2, "Priya Sharma"],
    [3, "Amit"],
  ]);
});

test("a first line such as sep=; names the delimiter and is no row", async () => {
  assert.deepEqual(await read("sep=;\r\nname;a,b\r\nPriya;1,2\r\n"), [
    ["name", "a,b"],
    [2, "Priya", "1,2"],
  ]);
});

for (const [name, newline] of [
  ["CRLF", "\r\n"],
  ["LF", "\n"],
  ["CR", "\r"],
] as const)
  test(`lines may end in ${name}`, async () => {
    assert.deepEqual(await read(["name,phone", "Priya,1", "Amit,2"].join(newline)), [
      ["name", "phone"],
      [2, "Priya", "1"],
      [3, "Amit", "2"],
    ]);
  });

test("quoted cells may hold delimiters, doubled quotes and line ends", async () => {
  assert.deepEqual(await read('name,note\n"Montgomery, Jr","Says ""hi""\nand goes"\n'), [
    ["name", "note"],
    [2, "Montgomery, Jr", 'Says "hi"\nand goes'],
  ]);
});

test("a space before an opening quotation mark does not make the quotes text", async () => {
  assert.deepEqual(await read('name, company\nPriya, "Sharma, Sharma & Co"\n'), [
    ["name", "company"],
    [2, "Priya", "Sharma, Sharma & Co"],
  ]);
});

test("a lone quotation mark inside a cell is kept as text", async () => {
  assert.deepEqual(await read('name,size\nPriya,5" pipe\n"Big" Joe,x\n'), [
    ["name", "size"],
    [2, "Priya", '5" pipe'],
    [3, '"Big" Joe', "x"],
  ]);
});

test("rows are numbered as a spreadsheet program numbers them", async () => {
  assert.deepEqual(await read('name,note\nPriya,"two\nlines"\n\n , \nAmit,\n'), [
    ["name", "note"],
    [2, "Priya", "two\nlines"],
    [5, "Amit", ""],
  ]);
});

test("names and cells are trimmed, short rows filled, blank cells beyond the header dropped", async () => {
  assert.deepEqual(await read(" name ,phone\n  Priya\u00a0\nAmit,1,, ,\n"), [
    ["name", "phone"],
    [2, "Priya", ""],
    [3, "Amit", "1"],
  ]);
});

test("a column without a name stays when it holds something", async () => {
  assert.deepEqual(await read("name,,phone,\nPriya,x,1,\nAmit,,2,\n"), [
    ["name", "", "phone"],
    [2, "Priya", "x", "1"],
    [3, "Amit", "", "2"],
  ]);
});

test("a row with more cells than the header is refused with its number and count", async () => {
  await assert.rejects(
    read("name,company\nPriya,Asha\n\nNeha,Sharma, Sharma & Co\n"),
    appError(
      "SHEET_UNREADABLE",
      /^recipients\.csv: row 4 has 3 cells but the header has 2: put quot/,
    ),
  );
});

test("a quotation mark that is never closed is refused with its row", async () => {
  await assert.rejects(
    read('name,phone\nPriya,1\n"Amit,2\nNeha,3\n'),
    appError("SHEET_UNREADABLE", /row 3 has a quotation mark that opens a cell and is not closed/),
  );
});

test("stray quotation marks that swallow a line are refused, not read as one recipient", async () => {
  await assert.rejects(
    read('name,phone\n"Big Joe,1\nAmit,2\nSmall "Sam,3\n'),
    appError("SHEET_UNREADABLE", /row 2 has a quotation mark/),
  );
  assert.deepEqual(await read('name,phone\n"""Big"" Joe\nSmith",1\n'), [
    ["name", "phone"],
    [2, '"Big" Joe\nSmith', "1"],
  ]);
});

test("a header name that is there twice is refused, whatever its case", async () => {
  await assert.rejects(
    read("name,phone, NAME\nPriya,1,2\n"),
    appError("SHEET_UNREADABLE", /has the column "NAME" twice \(A and C\): rename or delete/),
  );
});

test("a first row without any name is refused", async () => {
  const noHeader = appError("SHEET_UNREADABLE", /row 1 names no column: put the header/);
  await assert.rejects(read(",,\nPriya,1,2\n"), noHeader);
  await assert.rejects(read("\nname,phone\nPriya,1\n"), noHeader);
});

test("a sheet without recipients is empty", async () => {
  const message = /recipients\.csv has a header but no recipients: add one row per recipient/;
  await assert.rejects(read("name,phone\n"), appError("SHEET_EMPTY", message));
  await assert.rejects(read("name,phone\n , \n\n"), appError("SHEET_EMPTY", message));
  await assert.rejects(read(" \n\n"), appError("SHEET_EMPTY", /is empty: add a header/));
  await assert.rejects(read(""), appError("SHEET_EMPTY", /is empty \(0 bytes\)/));
});

test("binary content is refused", async () => {
  const refused = appError("SHEET_UNREADABLE", /is neither CSV nor XLSX: save the recipients as/);
  await assert.rejects(read("name\0,phone\nPriya,1\n"), refused);
  await assert.rejects(read(Buffer.from("89504e470d0a1a0a0000000d49484452", "hex")), refused);
  await assert.rejects(read("%PDF-1.7\nname,phone\nPriya,1\n"), refused);
  await assert.rejects(read("\x01\x02\x03name\nPriya\n"), refused);
});

test("a single stray control character does not make a text binary", async () => {
  const rows = "Amit,1\n".repeat(20);
  assert.equal((await readAsFile(`name,phone\nPri\x02ya,1\n${rows}`)).rows.length, 21);
});

test("a web page that calls itself a sheet is refused", async () => {
  await assert.rejects(
    readAsFile("<html><table><tr><td>name</td></tr></table></html>", { name: "export.xls" }),
    appError("SHEET_UNREADABLE", /^export\.xls is a web page or XML, not a sheet: open it/),
  );
});

test("rows, columns, cells and texts have a limit", async () => {
  const sheet = "name,phone\nPriya,1\nAmit,2\nNeha,3\n";
  const refused = (limits: object, message: RegExp, code: ErrorCode = "SHEET_TOO_LARGE") =>
    assert.rejects(readAsFile(sheet, { limits }), appError(code, message));
  await refused({ rows: 2 }, /more than 2 recipients: split it/, "SHEET_TOO_MANY_ROWS");
  await refused({ columns: 1 }, /row 1 has 2 columns, at most 1 are allowed/);
  await refused({ cells: 5 }, /more than 5 cells/);
  await refused({ cellLength: 4 }, /cell B1 holds 5 characters, at most 4/);
  await refused({ textLength: 20 }, /more than 20 characters/);
  await refused({ fileBytes: 10 }, /at most 0 MiB are allowed: split it/);
  const exact = { rows: 3, columns: 2, cells: 6, cellLength: 5, textLength: 25 };
  assert.equal((await readAsFile(sheet, { limits: exact })).rows.length, 3);
});

test("a line of far too many separators is refused before its cells are made", async () => {
  await assert.rejects(
    read(`name\n${",".repeat(100_001)}\n`),
    appError("SHEET_TOO_LARGE", /a line of more than 100,000 separators/),
  );
});

test("blank lines without end are refused", async () => {
  await assert.rejects(
    read(`name\n${"\n".repeat(1_048_576)}Priya\n`),
    appError("SHEET_TOO_MANY_ROWS", /more than 1,048,576 rows, blank ones included/),
  );
});
