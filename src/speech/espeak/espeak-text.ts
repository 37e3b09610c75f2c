/** What the voice is given instead of letters it does not know, each the same letter written otherwise. */
const RESPELT: [RegExp, string][] = [
  [/\u09a1\u09bc/g, "\u09dc"], // Bengali letters with a dot, which NFC takes apart
  [/\u09a2\u09bc/g, "\u09dd"],
  [/\u09af\u09bc/g, "\u09df"],
  [/\u0972/g, "\u090d"], // Devanagari candra a
];
const EMOJI =
  /[\p{Extended_Pictographic}--[\d#*©®™]]|[\u{1f1e6}-\u{1f1ff}\u{1f3fb}-\u{1f3ff}\u20e3\ufe0f]/gv;
/** Joiners shape letters of several scripts; every other invisible character is none of the voice's. */
const INVISIBLE = /[[\p{Cf}\p{Co}\p{Cn}]--[\u200c\u200d]]/gv;
const STRAY_JOINER = /(?<![\p{L}\p{M}])[\u200c\u200d]/gu;
const RARE_LATIN = /[\u1e00-\u1eff]/g;
const LATIN_MARKS = /(?<=\p{Script=Latin})[\u0300-\u036f]+/gu;

/**
 * Text as eSpeak NG reads it best: NFC, letters in their ordinary forms, no control characters and no
 * emoji (their names would be read out), one line. Still plain text; blank when nothing is left.
 */
export function readableText(text: string): string {
  let readable = text
    .toWellFormed()
    .replace(/\p{Cc}/gu, " ")
    .replace(EMOJI, " ")
    .replace(INVISIBLE, "")
    .replace(STRAY_JOINER, "")
    .normalize("NFC")
    .replace(/[\p{L}\p{M}]+/gu, (letters) => letters.normalize("NFKC"))
    .replace(/\u0640/g, ""); // the Arabic stretching stroke is no sound
  for (const [written, respelt] of RESPELT) readable = readable.replace(written, respelt);
  return readable.replace(/\s+/g, " ").trim();
}

/**
 * Latin letters without the marks that only the Vietnamese voice knows: every other one reads
 * `ạ` or `ṣ` as "letter one e a one".
 */
export function withoutRareMarks(text: string): string {
  return text.replace(RARE_LATIN, (letter) => letter.normalize("NFD")).replace(LATIN_MARKS, "");
}

/** `text` as SSML that reads as the text itself; `[[` would begin phoneme codes. */
export function toSsml(text: string): string {
  return text
    .replace(/[[\]]/g, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
