import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseVoice, unreadablePart } from "./voice-by-script.ts";

function voices(rows: [text: string, language: string, voice: string][]): void {
  for (const [text, language, voice] of rows) {
    assert.deepEqual(chooseVoice(text, language), { voice }, `${text} in ${language}`);
  }
}

test("Latin text is read by the voice of a language that writes Latin letters", () => {
  voices([
    ["José Muñoz", "es", "es"],
    ["João", "pt", "pt-br"],
    ["João", "pt-PT", "pt"],
    ["Weiß", "de-AT", "de"],
    ["Priya", "en", "en-us"],
    ["Priya", "en_GB", "en-gb"],
    ["Zoë", "nl", "nl"],
    ["Đorđe", "sr", "sr"],
  ]);
});

test("Latin text in any other language is read by the English voice", () => {
  voices([
    ["Priya", "hi", "en-us"],
    ["Natalia", "ru", "en-us"],
    ["Wang", "zh-cn", "en-us"],
    ["Yuki", "ja", "en-us"],
    ["Chidi", "ig", "en-us"],
    ["Priya", "", "en-us"],
  ]);
});

test("text in another script is read by a voice of that script", () => {
  voices([
    ["प्रिया", "en", "hi"],
    ["प्रिया", "mr", "mr"],
    ["प्रिया", "ne", "ne"],
    ["प्रिया", "kok", "mr"],
    ["Наталья", "hi", "ru"],
    ["Наталія", "uk", "uk"],
    ["Наталия", "bg", "bg"],
    ["王小明", "hi", "cmn"],
    ["王小明", "zh-TW", "cmn"],
    ["陳大文", "yue", "yue"],
    ["陳大文", "zh-HK", "yue"],
    ["さくら", "en", "ja"],
    ["지민", "hi", "ko"],
    ["محمد", "en", "ar"],
    ["محمد", "ur", "ur"],
    ["محمد", "fa-IR", "fa"],
    ["דוד", "en", "he"],
    ["Γιώργος", "en", "el"],
    ["রহিম", "hi", "bn"],
    ["ਗੁਰਪ੍ਰੀਤ", "hi", "pa"],
    ["પ્રિયા", "hi", "gu"],
    ["பிரியா", "en", "ta"],
    ["ప్రియ", "en", "te"],
    ["ಪ್ರಿಯಾ", "en", "kn"],
    ["പ്രിയ", "en", "ml"],
    ["გიორგი", "ru", "ka"],
    ["Արմեն", "ru", "hy"],
    ["አበበ", "en", "am"],
  ]);
});

test("letters that only one of a script's languages has choose its voice", () => {
  voices([
    ["Єлизавета", "en", "uk"],
    ["Єлизавета", "ru", "ru"],
    ["Әлия", "ru", "kk"],
    ["Ђорђе", "en", "sr"],
    ["پرویز", "ar", "fa"],
    ["ٹیپو", "en", "ur"],
    ["فاطمة", "ur", "ar"],
    ["ৰহিম", "bn", "as"],
  ]);
});

test("in mixed text the script decides that other voices cannot read", () => {
  voices([
    ["Priya प्रिया", "en", "hi"],
    ["Priya Наталья", "en", "ru"],
    ["Наталья प्रिया", "hi", "ru"],
    ["Mr 王", "en", "cmn"],
  ]);
});

test("a text without letters is read by the language's voice", () => {
  voices([
    ["12", "hi", "hi"],
    ["12", "pt", "pt-br"],
    ["12", "xx", "en-us"],
  ]);
});

test("a text that no voice reads whole is named by its first such word", () => {
  const rows: [string, string, string][] = [
    ["田中さん", "ja", "田中さん"],
    ["김 金", "ko", "金"],
    ["Mr សុខា", "en", "សុខា"],
    ["สมชาย", "th", "สมชาย"],
    ["דוד Cohen", "en", "Cohen"],
    ["Ҷамшед Ғӣ", "tg", "Ҷамшед"],
  ];
  for (const [text, language, unreadable] of rows) {
    assert.deepEqual(chooseVoice(text, language), { unreadable }, `${text} in ${language}`);
  }
});

test("a voice reads its own script, Latin words, and what it changes voices for", () => {
  assert.equal(unreadablePart("Priya प्रिया 12!", "en-us"), undefined);
  assert.equal(unreadablePart("प्रिया Martin", "gmw/en-US"), undefined);
  assert.equal(unreadablePart("Priya Наталья", "hi+f3"), "Наталья");
  assert.equal(unreadablePart("Наталья", "ru"), undefined);
  assert.equal(unreadablePart("Әлия", "ru"), "Әлия");
  assert.equal(unreadablePart("Martin", "ja"), "Martin");
});
