import assert from "node:assert/strict";
import { test } from "node:test";
import { contentDisposition } from "./content-disposition.ts";

test("an ASCII name stands as it is, and once", () => {
  assert.equal(contentDisposition("attachment", "j1.zip"), 'attachment; filename="j1.zip"');
});

test("a name in any script is given in full, with a fallback for old clients", () => {
  assert.equal(
    contentDisposition("inline", "अ 1.mp4"),
    "inline; filename=\"_ 1.mp4\"; filename*=UTF-8''%E0%A4%85%201.mp4",
  );
});

test("no name ends the header or its quotes early", () => {
  for (const name of ['a".mp4', "a\r\nX-Evil: 1.mp4", "a\\.mp4", "a'(*)\u0000é.mp4", "a%22.mp4"]) {
    const header = contentDisposition("attachment", name);
    assert.match(header, /^attachment; filename="[^"\\%]*"(; filename\*=UTF-8''[\w.~!%-]*)?$/u);
    const encoded = /UTF-8''(.*)$/u.exec(header)?.[1] ?? "";
    assert.equal(decodeURIComponent(encoded), name);
  }
});

test("half a letter is no reason to fail", () => {
  assert.match(contentDisposition("inline", "\ud800.mp4"), /UTF-8''%EF%BF%BD\.mp4$/u);
});
