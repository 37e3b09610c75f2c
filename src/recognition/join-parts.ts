import type { RecognizedWord, Transcript } from "../ports/speech-recognizer.ts";

/** No space belongs between a sign of these and the next one. */
const UNSPACED_END =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}。，、！？]$/u;

/** What was heard in the parts of a sound as one; words only when every part with text has them. */
export function joinParts(
  parts: readonly { text: string; words: RecognizedWord[] | undefined }[],
): Transcript {
  const spoken = parts
    .map(({ text, words }) => ({ text: text.replace(/\s+/gu, " ").trim(), words }))
    .filter(({ text }) => text !== "");
  let text = "";
  for (const part of spoken) {
    text += text === "" || UNSPACED_END.test(text) ? part.text : ` ${part.text}`;
  }
  if (spoken.some(({ words }) => words === undefined)) return { text };
  return { text, words: spoken.flatMap(({ words = [] }) => words) };
}
