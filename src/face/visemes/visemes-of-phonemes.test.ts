import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { VisemeSpan } from "../../domain/face.ts";
import { createEspeak } from "../../speech/espeak/espeak.ts";
import { visemesOfSymbol } from "./sound-visemes.ts";
import { EMBEDDED_SYMBOLS } from "./testing/embedded-symbols.ts";
import { SPOKEN_SENTENCES, spoken } from "./testing/spoken.ts";
import { visemesOfPhonemes } from "./visemes-of-phonemes.ts";

const shown = (symbol: string) => visemesOfSymbol(symbol).map(({ viseme }) => viseme);

/** Phonemes one after the other, each of 0.1 s. */
function phonemes(symbols: string) {
  return symbols
    .split(" ")
    .map((symbol, i) => ({ symbol, start: i / 10, end: (i + 1) / 10 }))
    .filter(({ symbol }) => symbol !== "_");
}

const brief = (spans: VisemeSpan[]) =>
  spans.map(({ viseme, start, end }) => `${viseme} ${start.toFixed(2)}-${end.toFixed(2)}`);

test("stress, length, nasality, aspiration and what else is beside a letter do not show", () => {
  for (const symbol of ["p", "pʰ", "ph", "p-", "pʲ", "mʲ", "m̩", "ˈm̩", "bʰ"]) {
    assert.deepEqual(shown(symbol), ["PP"], symbol);
  }
  for (const symbol of ["a", "ˈaː", "ˌã", "ä", "ˈɑ̃", "a."]) {
    assert.deepEqual(shown(symbol), ["aa"], symbol);
  }
  assert.deepEqual(shown("t̪"), ["DD"]);
  assert.deepEqual(shown("ɔ̃"), ["O"]);
});

test("diphthongs and affricates are two visemes where the lips do two things", () => {
  assert.deepEqual(shown("ˈaɪ"), ["aa", "I"]);
  assert.deepEqual(shown("oʊ"), ["O", "U"]);
  assert.deepEqual(shown("ˈɔːɹ"), ["O", "RR"]);
  assert.deepEqual(shown("iou"), ["I", "O", "U"]);
  assert.deepEqual(shown("ts"), ["DD", "SS"]);
  assert.deepEqual(shown("pf"), ["PP", "FF"]);
  for (const symbol of ["tʃ", "dʒ", "tɕh", "ts.h", "cʰ", "ç".normalize("NFC")]) {
    assert.equal(shown(symbol).length, 1, symbol);
  }
});

test("every symbol that the embedded voice writes shows something but those made in the throat", () => {
  const hidden = EMBEDDED_SYMBOLS.filter((symbol) => shown(symbol).length === 0);
  assert.deepEqual(hidden, ["h", "ʔ", "ħ", "ʕ"]);
  assert.ok(EMBEDDED_SYMBOLS.length > 250);
  const closed = EMBEDDED_SYMBOLS.filter((symbol) => /[pbm]/.test(symbol));
  for (const symbol of closed) assert.equal(shown(symbol)[0], "PP", symbol);
});

test("spans follow one another from 0 to the end, and gaps are the mouth at rest", () => {
  assert.deepEqual(brief(visemesOfPhonemes(phonemes("_ m a _ ɛ ʃ"), 0.7)), [
    ...["sil 0.00-0.10", "PP 0.10-0.20", "aa 0.20-0.30", "sil 0.30-0.40", "E 0.40-0.50"],
    ...["CH 0.50-0.60", "sil 0.60-0.70"],
  ]);
  assert.deepEqual(brief(visemesOfPhonemes([], 0.5)), ["sil 0.00-0.50"]);
  assert.deepEqual(visemesOfPhonemes([], 0), []);
});

test("neighbours of one viseme are one span", () => {
  assert.deepEqual(brief(visemesOfPhonemes(phonemes("p b aː a"), 0.4)), [
    "PP 0.00-0.20",
    "aa 0.20-0.40",
  ]);
});

test("the lips do for h what they do for the next sound, and after the last what they did before", () => {
  assert.deepEqual(brief(visemesOfPhonemes(phonemes("h uː"), 0.2)), ["U 0.00-0.20"]);
  assert.deepEqual(brief(visemesOfPhonemes(phonemes("iː ʔ"), 0.2)), ["I 0.00-0.20"]);
  const aspirated = visemesOfPhonemes(phonemes("h m"), 0.2).map(({ viseme }) => viseme);
  assert.deepEqual(aspirated, ["kk", "PP"], "lips that are closed let no h through");
});

test("what lies outside the sound or inside an earlier phoneme is left out", () => {
  const spans = visemesOfPhonemes(
    [
      { symbol: "a", start: -0.1, end: 0.2 },
      { symbol: "s", start: 0.1, end: 0.15 },
      { symbol: "iː", start: 0.15, end: 0.3 },
      { symbol: "o", start: 0.3, end: 0.9 },
      { symbol: "m", start: 0.9, end: 1 },
    ],
    0.5,
  );
  assert.deepEqual(brief(spans), ["aa 0.00-0.20", "I 0.20-0.30", "O 0.30-0.50"]);
});

describe("what the embedded voice says", () => {
  const model = createEspeak();
  after(() => model.close());

  for (const language of Object.keys(SPOKEN_SENTENCES)) {
    test(`has visemes without a gap, and closed lips for each p, b and m: ${language}`, async () => {
      const { spans, phonemes: heard, duration } = await spoken(model, language);
      assert.equal(spans[0]?.start, 0);
      assert.equal(spans.at(-1)?.end, duration);
      for (const [i, { start, viseme }] of spans.entries()) {
        assert.equal(start, spans[i - 1]?.end ?? 0);
        assert.notEqual(viseme, spans[i - 1]?.viseme);
      }
      const lips = heard.filter(({ symbol }) => /^[pbm]/.test(symbol));
      assert.ok(lips.length >= 7, `${lips.length} sounds of the lips`);
      for (const { start, end, symbol } of lips) {
        const middle = (start + end) / 2;
        const span = spans.find((one) => one.end > middle);
        assert.equal(span?.viseme, "PP", `${symbol} at ${start}`);
      }
    });
  }
});
