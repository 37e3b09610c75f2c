import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRange } from "./byte-range.ts";

test("a range is read from its beginning, to its end, or from the file's end", () => {
  for (const [header, start, end] of [
    ["bytes=0-0", 0, 1],
    ["bytes=2-5", 2, 6],
    ["bytes=2-", 2, 10],
    ["bytes=2-99", 2, 10],
    ["bytes=9-9", 9, 10],
    ["bytes=-3", 7, 10],
    ["bytes=-99", 0, 10],
    [" Bytes = 2 - 5 ", 2, 6],
  ] as const) {
    assert.deepEqual(parseRange(header, 10), { start, end }, header);
  }
});

test("a range behind the last byte cannot be satisfied, and none of an empty file", () => {
  for (const header of ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999-"]) {
    assert.equal(parseRange(header, 10), "unsatisfiable", header);
  }
  assert.equal(parseRange("bytes=0-", 0), "unsatisfiable");
  assert.equal(parseRange("bytes=-1", 0), "unsatisfiable");
});

test("what is no single range of bytes asks for the whole file", () => {
  for (const header of [
    undefined,
    "",
    "bytes=",
    "bytes=-",
    "bytes=a-b",
    "bytes=5-2",
    "bytes=0-1,4-5",
    "bytes=1.5-2",
    "lines=0-1",
  ]) {
    assert.equal(parseRange(header, 10), null, header);
  }
});
