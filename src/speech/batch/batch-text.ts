import type { SpeechRequest } from "../../ports/speech-model.ts";

/** A name, or the hint between two names, which must never get into a clip. */
export type PartKind = "name" | "hint";

/** A stretch of a text, from character `from` (inclusive, UTF-16) to `to` (exclusive). */
export type TextPart = { from: number; to: number; kind: PartKind };

export type BatchText = {
  text: string;
  /** Names in order, with the hint between any two of them when there is one. */
  parts: TextPart[];
};

/** A longer text is a sentence rather than a name. */
const MAX_NAME_CHARACTERS = 60;
/** Signs that belong to names: O'Brien, Anne-Marie. Any other makes, or may make, a pause of its own. */
const WORDS = /^(?:[\p{L}\p{M}\p{N} '’·-]|\u200c|\u200d)+$/u;

/**
 * Whether a text may share a request with others: a short name without anything that pauses, and
 * nothing about its sound but the text, the voice and the pace.
 */
export function mayBeBatched({ text, context, pronunciations = [] }: SpeechRequest): boolean {
  const spoken = (context?.before ?? "") + (context?.after ?? "");
  if (spoken.trim() !== "" || pronunciations.length > 0) return false;
  return text.length <= MAX_NAME_CHARACTERS && WORDS.test(text) && /\p{L}/u.test(text);
}

/**
 * Names as one text, each a sentence of its own: `Rahul. Priya.`, or with a hint
 * `Rahul. ठहराव. Priya.`. Voices pause longest between sentences; with commas half as many names are
 * found. A sentence begins with a capital: some voices take a full stop for part of a word otherwise.
 */
export function composeBatch(names: readonly string[], hint: string): BatchText {
  const parts: TextPart[] = [];
  let text = "";
  const add = (written: string, kind: PartKind) => {
    if (text !== "") text += " ";
    const part = capitalised(written);
    parts.push({ from: text.length, to: text.length + part.length, kind });
    text += `${part}.`;
  };
  for (const [index, name] of names.entries()) {
    if (index > 0 && hint !== "") add(hint, "hint");
    add(name, "name");
  }
  return { text, parts };
}

function capitalised(text: string): string {
  const [first = "", ...rest] = text.trim();
  return first.toUpperCase() + rest.join("");
}

/** `hint` where the language's own script writes it, else nothing: no voice need know other letters. */
export function fittingHint(hint: string, language: string): string {
  const word = hint.trim();
  const letters = [...word].filter((character) => /\p{L}/u.test(character));
  const script = scriptOf(language);
  if (letters.length === 0 || script === null || !WORDS.test(word)) return "";
  const own = LETTERS_OF.get(script) ?? new RegExp(`\\p{Script=${script}}`, "u");
  return letters.every((letter) => own.test(letter)) ? word : "";
}

/** Codes of ISO 15924 that stand for several scripts of Unicode. */
const LETTERS_OF = new Map([
  ["Hans", /\p{Script=Han}/u],
  ["Hant", /\p{Script=Han}/u],
  ["Jpan", /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u],
  ["Kore", /[\p{Script=Hangul}\p{Script=Han}]/u],
]);

/** The script a language is usually written in, by ISO 15924, such as `Deva`; null when unknown. */
function scriptOf(language: string): string | null {
  try {
    return new Intl.Locale(language.replaceAll("_", "-")).maximize().script ?? null;
  } catch {
    return null; // no language tag
  }
}
