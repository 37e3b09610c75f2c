import type { Viseme } from "../../domain/face.ts";

/**
 * What the mouth does for a sound of the International Phonetic Alphabet: visemes in order, each with
 * its share of the time. None: the lips take no part, they do what the next sound needs.
 */
export type SoundVisemes = readonly { viseme: Viseme; share: number }[];

/** A vowel lasts about twice as long as a consonant of the same symbol. */
const VOWEL_SHARE = 2;

/** Single sounds. Approximants are where their lips are: `w` as "oo", `j` as "ee". */
const CONSONANTS: readonly (readonly [Viseme, string])[] = [
  ["PP", "p b m ɓ ʙ ʘ"],
  // Both lips nearly meet for ɸ and β and no more: a closure would be too much.
  ["FF", "f v ʋ ɱ ⱱ ɸ β"],
  ["TH", "θ ð"],
  ["DD", "t d ʈ ɖ ɗ ǀ ǃ ǂ ǁ"],
  ["kk", "k g ɡ q ɢ ɠ ʛ ŋ ɴ nɡ ng x χ ɣ ʁ ʀ ɰ ʟ"],
  ["CH", "ʃ ʒ ʂ ʐ ɕ ʑ c ɟ ʄ ɧ sx tʃ dʒ tʂ dʐ tɕ dʑ ʧ ʤ ʨ ʥ"],
  ["SS", "s z ç ɬ ɮ"],
  ["nn", "n ɳ ɲ l ɫ ɭ ʎ ɺ r ɾ ɽ"],
  ["RR", "ɹ ɻ"],
  ["U", "w ʍ ɥ"],
  ["I", "j ʝ ʲ"],
];

const VOWELS: readonly (readonly [Viseme, string])[] = [
  ["aa", "a ɑ ɐ ʌ æ ɶ"],
  ["E", "e ɛ ε ə ɘ ɜ ɞ ɤ"],
  ["I", "i ɪ ɨ ɯ ı"],
  ["O", "o ɔ ɒ ø œ ɵ"],
  ["U", "u ʊ y ʏ ʉ"],
  ["RR", "ɚ ɝ"],
];

/** Two visemes one after the other. */
const AFFRICATES: readonly (readonly [Viseme, Viseme, string])[] = [
  ["DD", "SS", "ts dz ʦ ʣ"],
  ["PP", "FF", "pf bv"],
];

/** Made in the throat. */
const WITHOUT_LIPS = "h ɦ ħ ʕ ʜ ʢ ʔ ʡ";

const SOUNDS = new Map<string, SoundVisemes>([
  ...entries(CONSONANTS, 1),
  ...entries(VOWELS, VOWEL_SHARE),
  ...AFFRICATES.flatMap(([first, second, sounds]) =>
    named(sounds, [
      { viseme: first, share: 1 },
      { viseme: second, share: 1 },
    ]),
  ),
  ...named(WITHOUT_LIPS, []),
]);

const LONGEST_SOUND = Math.max(...[...SOUNDS.keys()].map((sound) => sound.length));

/**
 * The visemes of a symbol such as `tʃ`, `ˈaɪ`, `ɔ̃` or `pʰ`. Stress, length, tone, aspiration,
 * nasality and what else is written beside a letter do not show; letters that are not known are left
 * out. Besides the alphabet it reads what eSpeak NG writes for Mandarin and Swedish (`ts.h`, `sx`).
 */
export function visemesOfSymbol(symbol: string): SoundVisemes {
  const letters = plainLetters(symbol);
  const visemes: { viseme: Viseme; share: number }[] = [];
  for (let at = 0; at < letters.length; ) {
    const { sound, length } = soundAt(letters, at);
    visemes.push(...sound);
    at += length;
  }
  return visemes;
}

/** The letters without their marks, but for those that make another sound of a letter. */
function plainLetters(symbol: string): string {
  return (
    symbol
      .normalize("NFD")
      .replaceAll("c\u0327", "ç")
      // Czech ř: a trill and ʒ at once, and the lips are those of ʒ.
      .replaceAll("r\u031d", "ʒ")
      // A dot after a sibilant is eSpeak's mark of a retroflex one.
      .replaceAll("ts.", "tʂ")
      .replaceAll("s.", "ʂ")
      // An h after a consonant of the same symbol is aspiration.
      .replaceAll(/(?<=[ptkbdgɡscʂɟʈɖɕ])h/g, "")
      .replaceAll(/\P{L}|[ˈˌːˑʰʱˤˠʷᵝⁿ]|(?<=\p{L}\p{M}*)ʲ/gu, "")
  );
}

function soundAt(letters: string, at: number): { sound: SoundVisemes; length: number } {
  for (let length = LONGEST_SOUND; length > 0; length--) {
    const sound = SOUNDS.get(letters.slice(at, at + length));
    if (sound) return { sound, length: Math.min(length, letters.length - at) };
  }
  return { sound: [], length: 1 };
}

function entries(rows: readonly (readonly [Viseme, string])[], share: number) {
  return rows.flatMap(([viseme, sounds]) => named(sounds, [{ viseme, share }]));
}

function named(sounds: string, visemes: SoundVisemes): [string, SoundVisemes][] {
  return sounds.split(" ").map((sound) => [sound, visemes]);
}
