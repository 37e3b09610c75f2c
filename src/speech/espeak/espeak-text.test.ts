import assert from "node:assert/strict";
import { test } from "node:test";
import { readableText, toSsml, withoutRareMarks } from "./espeak-text.ts";

test("control characters, emoji and invisible characters are taken out", () => {
  assert.equal(readableText(" Pri\u0000ya \u202e\u00ad Sharma\n😀👨‍👩‍👧🇮🇳 "), "Pri ya Sharma");
  assert.equal(readableText("😀🎉"), "");
  assert.equal(readableText("Priya \ud83d"), "Priya \ufffd");
});

test("joiners inside words stay, as letters depend on them", () => {
  assert.equal(readableText("ප්\u200dරියා"), "ප්\u200dරියා");
});

test("letters come in their ordinary forms", () => {
  assert.equal(readableText("Ｐｒｉｙａ"), "Priya");
  assert.equal(readableText("ｻｸﾗ"), "サクラ");
  assert.equal(readableText("Jose\u0301"), "José");
  assert.equal(readableText("محمـــد"), "محمد");
  assert.equal(readableText("প্রি\u09af\u09bcা"), "প্রি\u09dfা");
});

test("Latin letters lose the marks that no other voice than the Vietnamese knows", () => {
  assert.equal(withoutRareMarks("Nguyễn Kṛṣṇa"), "Nguyen Krsna");
  assert.equal(withoutRareMarks("José Muñoz Łukasz"), "José Muñoz Łukasz");
  assert.equal(withoutRareMarks("й प्रिया"), "й प्रिया");
});

test("nothing in a text is markup or phoneme code for the engine", () => {
  assert.equal(toSsml("<b> & [[h@]]"), "&lt;b&gt; &amp;   h@  ");
});
