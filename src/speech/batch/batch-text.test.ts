import assert from "node:assert/strict";
import { test } from "node:test";
import { composeBatch, fittingHint, mayBeBatched } from "./batch-text.ts";

test("names become sentences with the hint between them, each known by its place", () => {
  const { text, parts } = composeBatch(["राहुल", "priya"], "ठहराव");
  assert.equal(text, "राहुल. ठहराव. Priya.");
  assert.deepEqual(
    parts.map(({ from, to, kind }) => [text.slice(from, to), kind]),
    [
      ["राहुल", "name"],
      ["ठहराव", "hint"],
      ["Priya", "name"],
    ],
  );
  assert.equal(composeBatch(["Rahul", "Mary Ann"], "").text, "Rahul. Mary Ann.");
});

test("the hint is used where the language's script writes it", () => {
  assert.equal(fittingHint(" ठहराव ", "hi"), "ठहराव");
  assert.equal(fittingHint("ठहराव", "mr-IN"), "ठहराव");
  assert.equal(fittingHint("pause", "en"), "pause");
  assert.equal(fittingHint("停顿", "zh"), "停顿");
  for (const [hint, language] of [
    ["ठहराव", "en"],
    ["pause", "hi"],
    ["pause ठहराव", "hi"],
    ["a. b", "en"],
    ["...", "en"],
    ["", "en"],
    ["pause", "no language"],
  ] as const) {
    assert.equal(fittingHint(hint, language), "", `${hint} in ${language}`);
  }
});

test("only a short name without pauses of its own may share a request", () => {
  const may = (text: string) => mayBeBatched({ text, language: "en" });
  for (const name of ["Rahul", "Mary Ann", "O'Brien", "Anne-Marie", "अब्दुल कलाम", "王小明"]) {
    assert.ok(may(name), name);
  }
  for (const text of [
    ...["Dr. Brown", "Rahul, hello", "Rahul\nPriya", "Rahul! Priya", "Ann (Anna)", "<b>Ann</b>"],
    ...["", " ", "123", "😀", "a".repeat(61)],
  ]) {
    assert.ok(!may(text), text);
  }
});

test("a name whose sound depends on more than its text is spoken alone", () => {
  const rahul = { text: "Rahul", language: "en" };
  assert.ok(!mayBeBatched({ ...rahul, context: { before: "Hello", after: "" } }));
  assert.ok(!mayBeBatched({ ...rahul, pronunciations: [{ written: "Rahul", ipa: "raːɦul" }] }));
  assert.ok(mayBeBatched({ ...rahul, context: { before: "", after: " " }, pronunciations: [] }));
});
