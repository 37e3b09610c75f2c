import assert from "node:assert/strict";
import { test } from "node:test";
import { annotate, phoneticSpelling, readAnnotations, withoutMarks } from "./pronunciation.ts";

test("a spelling between slashes is phonetic, any other is letters", () => {
  assert.equal(phoneticSpelling(" /ʃɪˈvɔːn/ "), "ʃɪˈvɔːn");
  for (const spelling of ["Shivawn", "and/or", "//", "/ /", "/a/b/"]) {
    assert.equal(phoneticSpelling(spelling), null, spelling);
  }
});

test("an annotated name is read back with the text around it", () => {
  const text = `Dear ${annotate("Siobhan", "ʃɪˈvɔːn")} and ${annotate("Nguyễn", "ŋwiən")}!`;
  assert.deepEqual(readAnnotations(text), {
    text: "Dear Siobhan and Nguyễn!",
    pronunciations: [
      { written: "Siobhan", ipa: "ʃɪˈvɔːn" },
      { written: "Nguyễn", ipa: "ŋwiən" },
    ],
  });
});

test("marks of a sheet's own neither annotate nor stay", () => {
  const cell = "A\ufff9b\ufffac\ufffbd";
  assert.equal(withoutMarks(cell), "Abcd");
  assert.deepEqual(readAnnotations(annotate(cell, "x\ufffby")), {
    text: "Abcd",
    pronunciations: [{ written: "Abcd", ipa: "xy" }],
  });
  assert.deepEqual(readAnnotations("half\ufff9open"), { text: "halfopen", pronunciations: [] });
});
