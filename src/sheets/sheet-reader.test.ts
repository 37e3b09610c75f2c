import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createSheetReader } from "./sheet-reader.ts";
import { makeXlsx } from "./testing/make-xlsx.ts";
import { appError, readAsFile } from "./testing/sheet-file.ts";

const ROWS = [
  ["name", "phone", "company"],
  ["Priya", "919800000001", "Asha, Textiles"],
  ["", "", ""],
  ["रवि", "", 'Quote "Q" Inc'],
];

test("the same rows read alike from CSV and XLSX, whatever the file is called", async () => {
  const quoted = ROWS.map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`));
  const csv = await readAsFile(quoted.map((cells) => cells.join(",")).join("\r\n"), {
    name: "list.xlsx",
  });
  const xlsx = await readAsFile(makeXlsx(ROWS), { name: "list.csv" });
  assert.deepEqual(csv, {
    columns: ["name", "phone", "company"],
    rows: [
      { row: 2, cells: ["Priya", "919800000001", "Asha, Textiles"] },
      { row: 4, cells: ["रवि", "", 'Quote "Q" Inc'] },
    ],
  });
  assert.deepEqual(xlsx, csv);
});

test("a path that leads nowhere is reported as not found", async () => {
  const path = join(tmpdir(), "no-such-folder", "recipients.csv");
  await assert.rejects(
    createSheetReader().read(path),
    appError("FILE_NOT_FOUND", /recipients\.csv does not exist: check the path/),
  );
});

test("a folder is refused", async () => {
  await assert.rejects(
    createSheetReader().read(tmpdir()),
    appError("SHEET_UNREADABLE", /is not a file: give the path of a CSV or XLSX file/),
  );
});

test("a file above the size limit is refused in either format", async () => {
  for (const content of ["name\nPriya\n", makeXlsx(ROWS)])
    await assert.rejects(
      readAsFile(content, { limits: { fileBytes: 10 } }),
      appError("SHEET_TOO_LARGE", /^recipients\.csv has .* MiB are allowed: split it/),
    );
});
