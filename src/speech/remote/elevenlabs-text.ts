import type { SpeechRequest } from "../../ports/speech-model.ts";
import type { ElevenLabsAbilities } from "./elevenlabs-models.ts";

/** A stretch of what is sent: text to speak, or a tag of ours around it. */
export type SentPart = { text: string; markup: boolean };

/**
 * What stands for a character that the API would act on: `<break/>` in a name is no pause. Each is one
 * UTF-16 unit for another, so that places in the text stay the same, and looks alike; whether
 * entities such as `&lt;` are decoded is not documented.
 */
const HARMLESS: Record<string, string> = { "<": "‹", ">": "›", "&": "＆", "[": "(", "]": ")" };
const LETTER = String.raw`[\p{L}\p{M}\p{N}]`;

/**
 * `request.text` as it is sent, in parts: no markup but `<phoneme>` around words whose sound is given,
 * for a model that reads it. The parts without markup together are as long as `request.text`.
 */
export function sentParts(
  { text, pronunciations = [] }: SpeechRequest,
  abilities: ElevenLabsAbilities,
): SentPart[] {
  const sounds = new Map(pronunciations.map(({ written, ipa }) => [written, readableIpa(ipa)]));
  sounds.delete("");
  if (!abilities.phonemes || sounds.size === 0) {
    return [{ text: harmless(text, abilities), markup: false }];
  }
  const longestFirst = [...sounds.keys()].toSorted((a, b) => b.length - a.length);
  const words = longestFirst.map((word) => escaped(word)).join("|");
  const separator = new RegExp(`(?<!${LETTER})(${words})(?!${LETTER})`, "u");
  const parts: SentPart[] = [];
  // With a group in the separator, every second piece is a word.
  for (const [index, piece] of text.split(separator).entries()) {
    const word = harmless(piece, abilities, "&");
    const ipa = index % 2 === 1 ? sounds.get(piece) : undefined;
    if (ipa) parts.push({ text: `<phoneme alphabet="ipa" ph="${ipa}">`, markup: true });
    if (word !== "") parts.push({ text: word, markup: false });
    if (ipa) parts.push({ text: "</phoneme>", markup: true });
  }
  return parts;
}

/** Text that the API neither acts on nor stumbles over, as long as `text`. */
export function harmless(text: string, { audioTags }: ElevenLabsAbilities, more = ""): string {
  const special = `<>${audioTags ? "[]" : ""}${more}`;
  return text
    .toWellFormed()
    .replace(/\p{Cc}/gu, " ")
    .replace(/[<>&[\]]/gu, (character) =>
      special.includes(character) ? (HARMLESS[character] ?? character) : character,
    );
}

/** Within an attribute; none of the characters left out is a phonetic one. */
function readableIpa(ipa: string): string {
  return ipa
    .toWellFormed()
    .replace(/[\p{Cc}"'<>&]/gu, "")
    .trim();
}

function escaped(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&");
}
