import assert from "node:assert/strict";
import { test } from "node:test";
import { splitText } from "./split-text.ts";

const parts = (text: string, limit: number) =>
  splitText(text, limit).map((part) => `${part.text}|${part.end}`);

test("a text that fits is one part", () => {
  assert.deepEqual(parts(" Priya. Come! ", 12), ["Priya. Come!|sentence"]);
});

test("sentences stay together as far as they fit, and are parted where one ends", () => {
  assert.deepEqual(parts("One two. Three four! Five six? Seven.", 22), [
    "One two. Three four!|sentence",
    "Five six? Seven.|sentence",
  ]);
});

test("a sentence that is too long is parted at a comma, else at a space", () => {
  assert.deepEqual(parts("One two, three four five six", 16), [
    "One two,|clause",
    "three four five|word",
    "six|sentence",
  ]);
});

test("a dot within a number, and one near the beginning, part nothing", () => {
  assert.deepEqual(parts("It costs 12.50 in all, dear", 14), [
    "It costs 12.50|word",
    "in all, dear|sentence",
  ]);
  assert.deepEqual(parts("Hi. aaaa bbbb cccc dddd", 20), [
    "Hi. aaaa bbbb cccc|word",
    "dddd|sentence",
  ]);
});

test("texts without spaces are parted at their own signs", () => {
  assert.deepEqual(parts("王小明您好。欢迎您再来，谢谢您。", 9), [
    "王小明您好。|sentence",
    "欢迎您再来，|clause",
    "谢谢您。|sentence",
  ]);
  assert.deepEqual(parts("नमस्ते प्रिया। आप कैसी हैं।", 20), [
    "नमस्ते प्रिया।|sentence",
    "आप कैसी हैं।|sentence",
  ]);
  assert.deepEqual(parts("كيف حالك؟ أهلا وسهلا", 14), [
    "كيف حالك؟|sentence",
    "أهلا وسهلا|sentence",
  ]);
});

test("a closing quotation mark stays with its sentence", () => {
  assert.deepEqual(parts('He said "come." Then she went', 18), [
    'He said "come."|sentence',
    "Then she went|sentence",
  ]);
});

test("a word that is too long is cut between characters, never inside one", () => {
  assert.deepEqual(parts("abcdefgh", 3), ["abc|cut", "def|cut", "gh|sentence"]);
  assert.deepEqual(parts("प्रिया", 4), ["प्रि|cut", "या|sentence"]);
  assert.deepEqual(parts("a👨‍👩‍👧b", 9), ["a👨‍👩‍👧|cut", "b|sentence"]);
});

test("a character of many marks is cut between code points, and half a pair is never left", () => {
  // What is left of it has no letter, so it cannot be spoken.
  assert.deepEqual(parts(`a${"\u0301".repeat(20)}`, 8), [`a${"\u0301".repeat(7)}|cut`]);
  assert.deepEqual(parts("😀😀😀", 3), ["😀|cut", "😀|cut", "😀|sentence"]);
  assert.deepEqual(
    splitText("😀😀", 1).map(({ text }) => text),
    ["😀", "😀"],
  );
});

test("every part fits and nothing is lost, for any text and limit", () => {
  const texts = [
    "Priya ".repeat(833),
    "a".repeat(5000),
    "... ".repeat(300),
    "Why? Because, as they say: it (really) is. ".repeat(40),
    "प्रिया शर्मा। ".repeat(90),
    "e\u0301".repeat(300),
    "👨‍👩‍👧".repeat(80),
  ];
  for (const text of texts) {
    for (const limit of [71, 100, 150, 4096]) {
      const made = splitText(text, limit);
      for (const part of made) {
        assert.ok(part.text.length <= limit && part.text.length > 0, `${part.text.length}`);
        assert.ok(part.text.isWellFormed());
      }
      const letters = (whole: string) => whole.replace(/[^\p{L}\p{M}\p{S}]/gu, "");
      assert.equal(letters(made.map((part) => part.text).join("")), letters(text));
    }
  }
});

test("a part in which nothing can be spoken is left out", () => {
  assert.deepEqual(parts(`Priya. ${"…".repeat(20)} Come.`, 10), [
    "Priya.|sentence",
    "Come.|sentence",
  ]);
});
