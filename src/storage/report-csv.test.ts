import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import type { OutputRecord } from "../ports/output-store.ts";
import { reportCsv } from "./report-csv.ts";

const done: OutputRecord = {
  row: 2,
  name: "अमित",
  file: "अमित.mp4",
  state: "done",
  reason: "",
  slot: { start: 1.25, end: 1.7500000001, foundBy: "transcript", confidence: 0.9312 },
  clipSeconds: 0.5,
  stretch: 1,
  seams: { clickDb: -6.5, loudnessLu: 0.257, noiseFloorDb: 0 },
  sizeBytes: 17_825_792,
  warnings: [],
  key: "k",
};
const skipped: OutputRecord = {
  ...done,
  row: 3,
  name: "",
  file: "",
  state: "skipped",
  reason: "the name is empty",
  slot: null,
  clipSeconds: null,
  stretch: null,
  seams: null,
  sizeBytes: null,
};

test("the report has a byte order mark, one header and one line a record", () => {
  assert.equal(
    reportCsv([done, skipped]),
    "\ufeffrow,name,file,state,reason,slot_start,slot_end,clip_seconds,stretch,click_db,loudness_lu,noise_floor_db,size_bytes,warnings,slot_found_by,slot_confidence\r\n" +
      "2,अमित,अमित.mp4,done,,1.25,1.75,0.5,1,-6.5,0.26,0,17825792,,transcript,0.93\r\n" +
      "3,,,skipped,the name is empty,,,,,,,,,,,\r\n",
  );
});

test("a report without a record has its header alone", () => {
  assert.match(reportCsv([]), /^\ufeffrow,[a-z_,]+\r\n$/);
});

test("names with quotes, commas and line breaks are read back as they are", () => {
  const names = ['Anna "Ann" Berg', "Berg, Anna", "two\r\nlines", "a;b", "a\tb", "plain"];
  const csv = reportCsv(names.map((name) => ({ ...done, name })));
  const rows = parse(csv, { bom: true, columns: true, record_delimiter: "\r\n" });
  assert.deepEqual(
    rows.map((row) => (row as { name: string }).name),
    names,
  );
});

for (const [name, cell] of [
  ["=1+2", "'=1+2"],
  ['=HYPERLINK("http://a.example")', '\'=HYPERLINK("http://a.example")'],
  ["+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"],
  ["-2+3", "'-2+3"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", "'\t=1"],
  ["\r=1", "'\r=1"],
  ["＝1+2", "'＝1+2"],
  ["-12.5", "-12.5"],
  ["+919812345678", "+919812345678"],
  ["Anne-Marie", "Anne-Marie"],
] as const) {
  test(`the name ${JSON.stringify(name)} stands in the report as ${JSON.stringify(cell)}`, () => {
    const csv = reportCsv([{ ...done, name }]);
    const [row] = parse(csv, { bom: true, columns: true, record_delimiter: "\r\n" });
    assert.equal((row as { name: string }).name, cell);
  });
}

test("warnings of a recipient share a cell", () => {
  const csv = reportCsv([{ ...done, warnings: ["stretched to 1.4", "=quiet"] }]);
  assert.match(csv, /,"stretched to 1\.4; =quiet",transcript,0\.93\r\n$/);
});
