import { AppError } from "../domain/app-error.ts";

/** A stretch of a text, from character `from` (inclusive, UTF-16) to `to` (exclusive). */
export type Mark = { from: number; to: number };

export type MarkedText = { text: string; marks: Mark[] };

/** What separates letters from digits as well: `NAME1` is spoken, and written down, as two words. */
const WORD = /[\p{L}\p{M}]+|\p{N}+/gu;
const MARKER = /\bNAME\d*\b/u;
// biome-ignore format: one line reads best
const DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/**
 * A transcript without its braces, and what stood in them.
 * @throws AppError INVALID_OPTION for braces that do not enclose a word each.
 */
export function withoutBraces(transcript: string): MarkedText {
  const marks: Mark[] = [];
  let text = "";
  let from: number | null = null;
  for (const character of transcript) {
    if (character === "{") {
      if (from !== null) throw bracesMisplaced();
      from = text.length;
    } else if (character === "}") {
      if (from === null || wordsOf(text.slice(from)).length === 0) throw bracesMisplaced();
      marks.push({ from, to: text.length });
      from = null;
    } else text += character;
  }
  if (from !== null) throw bracesMisplaced();
  return { text, marks };
}

function bracesMisplaced(): AppError {
  return new AppError(
    "INVALID_OPTION",
    "the braces of the transcript do not enclose a word each: write what is replaced as {Rahul}",
  );
}

/**
 * Where words stand in a text, whatever their case, their punctuation and the form of their digits.
 * @param from Only what begins there or later counts.
 */
export function placeOfWords(text: string, words: string, from = 0): Mark | null {
  const wanted = wordsOf(words).map(({ word }) => word);
  const said = wordsOf(text).filter((one) => one.from >= from);
  if (wanted.length === 0) return null;
  for (let at = 0; at + wanted.length <= said.length; at++) {
    const [first, last] = [said[at], said[at + wanted.length - 1]];
    if (!first || !last) break;
    if (wanted.every((word, i) => said[at + i]?.word === word)) {
      return { from: first.from, to: last.to };
    }
  }
  return null;
}

/** The first word of the form NAME, NAME1, NAME2 …; null when there is none. */
export function placeOfMarker(text: string): Mark | null {
  const match = MARKER.exec(text);
  return match && { from: match.index, to: match.index + match[0].length };
}

/** How a marker is said: NAME1 as "name one"; other words as they are. */
export function spokenForm(words: string): string {
  if (!/^\P{Ll}*\p{Lu}\p{N}+$/u.test(words)) return words;
  return wordsOf(words)
    .map(({ word }) => word)
    .join(" ");
}

function wordsOf(text: string): (Mark & { word: string })[] {
  return [...text.matchAll(WORD)].map((match) => ({
    from: match.index,
    to: match.index + match[0].length,
    word: DIGITS[/^\d$/.test(match[0]) ? Number(match[0]) : -1] ?? folded(match[0]),
  }));
}

function folded(word: string): string {
  return word.normalize("NFKC").toLowerCase();
}
