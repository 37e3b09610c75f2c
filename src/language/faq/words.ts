/** What the responder can tell apart: by the script of a text. */
export type FaqLanguage = "en" | "hi";

const HINDI = "hi";
/** Characters that tell a text's language. */
const TELLING_LENGTH = 600;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
/** Scripts that put no space between words: there a dictionary has to. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

/** Hindi where most letters are Devanagari, else English. */
export function languageOf(text: string): FaqLanguage {
  const beginning = text.slice(0, TELLING_LENGTH);
  const devanagari = beginning.match(/\p{Script=Devanagari}/gu)?.length ?? 0;
  const latin = beginning.match(/\p{Script=Latin}/gu)?.length ?? 0;
  return devanagari > latin ? HINDI : "en";
}

/** The words of a text in their order, folded so that spellings of one word are equal. */
export function wordsOf(text: string): string[] {
  const folded = foldedText(text);
  const words: string[] = [];
  for (const [run] of folded.matchAll(WORD)) {
    if (!UNSPACED.test(run)) words.push(run);
    else for (const { segment } of segmenter.segment(run)) words.push(segment);
  }
  return words;
}

/**
 * Lower case, Latin letters without accents, Devanagari without nukta, with one sign for nasals
 * (हिन्दी and हिंदी, हाँ and हां), without joiners, short hyphenated words in one (Wi-Fi, e-mail).
 */
function foldedText(text: string): string {
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[\u0300-\u036f\u093c\u200c\u200d]/gu, "")
    .normalize("NFC")
    .replace(/\u0901/gu, "\u0902")
    .replace(
      /(?:\u0928\u094d(?=[\u0915-\u0928\u0938])|\u092e\u094d(?=[\u092a-\u092d]))/gu,
      "\u0902",
    )
    .replace(/(?<!\p{L}|\p{M})([\p{L}\p{M}]{1,3})-([\p{L}\p{M}]{1,3})(?!\p{L}|\p{M})/gu, "$1$2")
    .replace(/\be-(?=\p{L})/gu, "e")
    .replace(/(?<=\b(?:i|you|he|she|it|we|they|who|what|that))['’](?:ll|d|ve|re|m|s)\b/gu, "")
    .replace(/['’]s\b/gu, "")
    .replace(/(?<=\p{L})['’](?=\p{L})/gu, "");
}
