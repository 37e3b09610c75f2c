import assert from "node:assert/strict";
import { test } from "node:test";
import { abilitiesOf } from "./elevenlabs-models.ts";
import { sentParts } from "./elevenlabs-text.ts";
import { alignedWords } from "./elevenlabs-words.ts";

/** Every character 0.1 s after the one before. */
function evenly(characters: string[]) {
  return {
    characters,
    character_start_times_seconds: characters.map((_, index) => index / 10),
    character_end_times_seconds: characters.map((_, index) => (index + 1) / 10),
  };
}

function words(text: string, characters = [...text], duration = 100) {
  const parts = [{ text, markup: false }];
  return alignedWords(evenly(characters), { parts, duration })?.map(({ from, to, start, end }) => ({
    word: text.slice(from, to),
    from,
    times: [start, end],
  }));
}

test("words have their places and times; space and punctuation are none", () => {
  assert.deepEqual(words("Hi, Ann Lee!"), [
    { word: "Hi", from: 0, times: [0, 0.2] },
    { word: "Ann", from: 4, times: [0.4, 0.7] },
    { word: "Lee", from: 8, times: [0.8, 1.1] },
  ]);
});

test("a letter of two UTF-16 units moves what follows by two places and one time", () => {
  assert.deepEqual(words("😀 𝓐l ok"), [
    { word: "𝓐l", from: 3, times: [0.2, 0.4] },
    { word: "ok", from: 7, times: [0.5, 0.7] },
  ]);
});

test("combining marks belong to their word, whether alone or with their letter", () => {
  const text = "प्रिया Ze\u0301 x";
  const alone = words(text);
  assert.deepEqual(alone, [
    { word: "प्रिया", from: 0, times: [0, 0.6] },
    { word: "Ze\u0301", from: 7, times: [0.7, 1] },
    { word: "x", from: 11, times: [1.1, 1.2] },
  ]);
  const graphemes = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  assert.deepEqual(
    words(text, graphemes)?.map(({ word }) => word),
    ["प्रिया", "Ze\u0301", "x"],
  );
});

test("an alignment with other space at its ends is of the same text", () => {
  assert.deepEqual(words(" Ann ", [..."Ann"]), [{ word: "Ann", from: 1, times: [0, 0.3] }]);
  assert.deepEqual(words("Ann", [..." Ann "]), [{ word: "Ann", from: 0, times: [0.1, 0.4] }]);
});

test("an alignment of another text gives no words", () => {
  assert.equal(words("12 May", [..."twelve May"]), undefined);
  assert.equal(words("Ann", []), undefined);
});

test("a word whose times are missing, reversed or behind the end of the sound is left out", () => {
  const parts = [{ text: "a b c d", markup: false }];
  const alignment = evenly([..."a b c d"]);
  alignment.character_start_times_seconds[2] = 9;
  alignment.character_end_times_seconds.length = 5;
  const found = alignedWords(alignment, { parts, duration: 0.45 });
  assert.deepEqual(found, [
    { from: 0, to: 1, start: 0, end: 0.1 },
    { from: 4, to: 5, start: 0.4, end: 0.45 },
  ]);
});

test("our markup has no place in the text, whether the alignment has it or not", () => {
  const request = {
    text: "Dear Siobhan!",
    language: "en",
    pronunciations: [{ written: "Siobhan", ipa: "ʃɪˈvɔːn" }],
  };
  const parts = sentParts(request, abilitiesOf("eleven_flash_v2"));
  const sent = parts.map(({ text }) => text).join("");
  assert.notEqual(sent, request.text);
  for (const text of [sent, request.text]) {
    const found = alignedWords(evenly([...text]), { parts, duration: 100 });
    assert.deepEqual(
      found?.map(({ from, to }) => request.text.slice(from, to)),
      ["Dear", "Siobhan"],
    );
    const start = text.indexOf("Siobhan") / 10;
    assert.deepEqual([found?.[1]?.start, found?.[1]?.end], [start, (start * 10 + 7) / 10]);
  }
});
