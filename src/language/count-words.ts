import type { LanguageRequest } from "../ports/language-model.ts";

/** Stretches of a text between white space: a measure where nobody counts tokens. */
export function countWords(text: string): number {
  return text.match(/\S+/gu)?.length ?? 0;
}

/** The words of all that a request tells. */
export function wordsOfRequest({ system, messages }: LanguageRequest): number {
  return messages.reduce((sum, { text }) => sum + countWords(text), countWords(system));
}
