import assert from "node:assert/strict";
import { test } from "node:test";
import { builtInDateFormat, customDateFormat, formatDate } from "./xlsx-dates.ts";

test("date formats are told from number formats", () => {
  for (const code of ["yyyy-mm-dd", "[$-409]d\\-mmm\\-yy;@", "mmm", "m/d/yy h:mm AM/PM", 'dd"."mm'])
    assert.equal(customDateFormat(code), "date", code);
  for (const code of ["hh:mm", "h:mm:ss AM/PM", "mm:ss.0"])
    assert.equal(customDateFormat(code), "time", code);
  assert.equal(customDateFormat("[h]:mm:ss"), "elapsed");
  for (const code of [
    "General",
    "0.00E+00",
    "#,##0;[Red]-#,##0",
    '0" days"',
    "_-* #,##0\\ _d_-",
    "[Magenta]0",
  ])
    assert.equal(customDateFormat(code), undefined, code);
  assert.deepEqual([0, 1, 13, 14, 22, 20, 46, 49, 57].map(builtInDateFormat), [
    ...[undefined, undefined, undefined, "date", "date", "time", "elapsed", undefined, "date"],
  ]);
});

for (const [days, format, shown] of [
  [1, "date", "1900-01-01"],
  [59, "date", "1900-02-28"],
  [60, "date", "1900-02-29"],
  [61, "date", "1900-03-01"],
  [45352, "date", "2024-03-01"],
  [45352.395833333336, "date", "2024-03-01T09:30:00"],
  [45351.999999, "date", "2024-03-01"],
  [2958465, "date", "9999-12-31"],
  [0.5, "date", "12:00:00"],
  [1.25, "time", "06:00:00"],
  [1.25, "elapsed", "30:00:00"],
  [-1, "date", undefined],
  [2958466, "date", undefined],
] as const)
  test(`day ${days} shown as ${format} is ${shown}`, () => {
    assert.equal(formatDate(days, { format, date1904: false }), shown);
  });

test("the 1904 system counts from 1 January 1904, without the extra leap day", () => {
  const shown = [0, 59, 60, 43890].map((days) =>
    formatDate(days, { format: "date", date1904: true }),
  );
  assert.deepEqual(shown, ["1904-01-01", "1904-02-29", "1904-03-01", "2024-03-01"]);
});
