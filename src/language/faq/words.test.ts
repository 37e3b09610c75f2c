import assert from "node:assert/strict";
import { test } from "node:test";
import { stem } from "./stem.ts";
import { languageOf, wordsOf } from "./words.ts";

test("spellings of one word are one", () => {
  for (const [one, other] of [
    ["फ़ीस", "फीस"],
    ["हिन्दी", "हिंदी"],
    ["हाँ", "हां"],
    ["Café", "cafe"],
    ["Wi-Fi", "wifi"],
    ["E-mail", "email"],
    ["the school’s", "the school"],
    ["I'll pay", "i pay"],
    ["ﬁne", "fine"],
  ] as const) {
    assert.deepEqual(wordsOf(one), wordsOf(other), `${one} and ${other}`);
  }
});

test("words of scripts without spaces are parted", () => {
  const words = wordsOf("我们星期六开门 at 9");
  assert.ok(words.length >= 4 && words.includes("at") && words.includes("9"), words.join(" "));
});

test("the language is that of most letters", () => {
  assert.deepEqual(["Hello", "क्या WiFi है", "123 ?", ""].map(languageOf), ["en", "hi", "en", "en"]);
});

test("forms of a word have one stem, other words have another", () => {
  const forms = [
    "lesson lessons",
    "rent rented renting rents",
    "cancel cancelled cancelling cancels",
    "price prices pricing priced",
    "family families",
    "pay paid paying",
    "child children",
    "कक्षा कक्षाएं कक्षाओं",
    "बच्चा बच्चे बच्चों",
    "खुला खुले खुली",
  ].map((line) => new Set(line.split(" ").map(stem)));
  for (const stems of forms) assert.equal(stems.size, 1, [...stems].join(" "));
  assert.equal(new Set(forms.flatMap((stems) => [...stems])).size, forms.length);
  assert.notEqual(stem("ear"), stem("early"));
});
