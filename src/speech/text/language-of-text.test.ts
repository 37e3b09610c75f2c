import assert from "node:assert/strict";
import { test } from "node:test";
import { languageOfText } from "./language-of-text.ts";

const CASES: [string, string, string, string][] = [
  ["Latin letters", "Priya", "hi", "hi"],
  ["its own script", "प्रिया", "hi-IN", "hi-IN"],
  ["another language of the same script", "प्रिया", "mr", "mr"],
  ["both at once", "Priya प्रिया", "hi", "hi"],
  ["a foreign script", "प्रिया", "en", "hi"],
  ["a foreign script among its own", "Hello Наталья", "en", "ru"],
  ["kanji in Japanese", "田中", "ja", "ja"],
  ["kanji and kana elsewhere", "田中さん", "en", "ja"],
  ["hanja in Korean", "金지민", "ko", "ko"],
  ["traditional characters", "王小明", "zh-TW", "zh-TW"],
  ["an underscore", "王小明", "zh_TW", "zh_TW"],
  ["Cyrillic in Ukrainian", "Наталія", "uk", "uk"],
  ["a script by its tag", "Наталья", "sr-Latn", "ru"],
  ["no letters", "12 !", "hi", "hi"],
  ["no language tag", "Priya", "not a tag", "not a tag"],
  ["no language tag but a script", "Ελένη", "", "el"],
];

for (const [what, text, language, expected] of CASES) {
  test(`${what}: ${text} in a campaign in "${language}" is read in ${expected}`, () => {
    assert.equal(languageOfText(text, language), expected);
  });
}
