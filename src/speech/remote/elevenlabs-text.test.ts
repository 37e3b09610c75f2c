import assert from "node:assert/strict";
import { test } from "node:test";
import { abilitiesOf } from "./elevenlabs-models.ts";
import { sentParts } from "./elevenlabs-text.ts";

const english = abilitiesOf("eleven_turbo_v2");
const multilingual = abilitiesOf("eleven_multilingual_v2");
const third = abilitiesOf("eleven_v3");
type Sounds = Record<string, string>;

function sent(text: string, abilities = multilingual, sounds: Sounds = {}): string {
  const pronunciations = Object.entries(sounds).map(([written, ipa]) => ({ written, ipa }));
  const parts = sentParts({ text, language: "en", pronunciations }, abilities);
  const spoken = parts.filter(({ markup }) => !markup).map((part) => part.text);
  assert.equal(spoken.join("").length, text.length, "places stay the same");
  return parts.map((part) => part.text).join("");
}

test("plain text is sent as it is, in every script", () => {
  for (const text of ["Priya", "प्रिया शर्मा", "王小明", "O'Brien & R&D [1]", "😀 𠮷野家"]) {
    assert.equal(sent(text), text);
  }
});

test("no text becomes markup, of whatever model", () => {
  const hostile = `<break time="3s"/>a</phoneme><phoneme alphabet="ipa" ph="x">`;
  for (const abilities of [english, multilingual, third]) {
    assert.doesNotMatch(sent(hostile, abilities), /[<>]/);
    assert.doesNotMatch(sent(`Al ${hostile}`, abilities).replace(/^<[^>]*>Al<[^>]*>/, ""), /[<>]/);
  }
  assert.equal(sent("[laughs] Al", third), "(laughs) Al");
});

test("control characters and half a surrogate pair are sent as something harmless", () => {
  assert.equal(sent("Pri\u0000ya\n\u001bX \ud83d"), "Pri ya  X \ufffd");
});

test("the sound of a word goes with it, wherever it stands as a whole word", () => {
  assert.equal(
    sent("Siobhan, Siobhans & Siobhan", english, { Siobhan: "ʃɪˈvɔːn" }),
    '<phoneme alphabet="ipa" ph="ʃɪˈvɔːn">Siobhan</phoneme>, Siobhans ＆ <phoneme alphabet="ipa" ph="ʃɪˈvɔːn">Siobhan</phoneme>',
  );
});

test("of two words that begin alike the longer one counts", () => {
  const text = sent("Ann Marie", english, { Ann: "æn", "Ann Marie": "ænməˈriː" });
  assert.equal(text, '<phoneme alphabet="ipa" ph="ænməˈriː">Ann Marie</phoneme>');
});

test("a word may hold what a pattern would act on", () => {
  const text = sent("J.R. or JxRx", english, { "J.R.": "dʒeɪ" });
  assert.equal(text, '<phoneme alphabet="ipa" ph="dʒeɪ">J.R.</phoneme> or JxRx');
});

test("a sound cannot break out of its attribute, and an empty one is none", () => {
  const broken = sent("Al", english, { Al: '"><break time="3s"/>' });
  assert.equal(broken, '<phoneme alphabet="ipa" ph="break time=3s/">Al</phoneme>');
  assert.equal(sent("Al", english, { Al: " <> " }), "Al");
});

test("a model that reads no sounds is sent none", () => {
  assert.equal(sent("Siobhan", multilingual, { Siobhan: "ʃɪˈvɔːn" }), "Siobhan");
});
