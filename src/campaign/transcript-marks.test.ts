import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOfMarker, placeOfWords, spokenForm, withoutBraces } from "./transcript-marks.ts";

const marked = (text: string, mark: { from: number; to: number } | null) =>
  mark && text.slice(mark.from, mark.to);

test("braces are taken out of a transcript, and what stood in them is known", () => {
  const { text, marks } = withoutBraces("नमस्ते {राहुल} जी, and {name two}.");
  assert.equal(text, "नमस्ते राहुल जी, and name two.");
  assert.deepEqual(
    marks.map((mark) => marked(text, mark)),
    ["राहुल", "name two"],
  );
  assert.deepEqual(withoutBraces("Hello").marks, []);
});

test("braces that enclose no word, or each other, are refused with an example", () => {
  for (const text of [
    "Hello {}",
    "Hello { , }",
    "Hello {Rahul",
    "Rahul} hello",
    "{a {b}}",
    "}{a}",
  ]) {
    assert.throws(() => withoutBraces(text), { code: "INVALID_OPTION", message: /\{Rahul\}/u });
  }
});

test("words are found whatever their case, punctuation and digits, as whole words and in order", () => {
  const text = "Hello NAME1! Rahul’s friend is named Name two; RAHUL, bye.";
  assert.equal(marked(text, placeOfWords(text, "name one")), "NAME1");
  assert.equal(marked(text, placeOfWords(text, "NAME2")), "Name two");
  assert.equal(placeOfWords(text, "rahul")?.from, text.indexOf("Rahul"));
  assert.equal(placeOfWords(text, "rahul", 20)?.from, text.indexOf("RAHUL"));
  for (const absent of ["Rah", "NAME3", "friend named", "", " ,"]) {
    assert.equal(placeOfWords(text, absent), null, absent);
  }
});

test("a marker is a word of its own, and is said as letters and a number", () => {
  assert.equal(marked("Hi NAME12!", placeOfMarker("Hi NAME12!")), "NAME12");
  assert.equal(placeOfMarker("MY SURNAME is RENAME1D"), null);
  assert.deepEqual(["NAME1", "NAME", "Rahul", "R2D2x", "name one"].map(spokenForm), [
    ...["name one", "NAME", "Rahul", "R2D2x", "name one"],
  ]);
});
