import type { EspeakEvent } from "@echogarden/espeak-ng-emscripten";
import type { Phoneme, SpokenWord } from "../../ports/speech-model.ts";

/** A word as the engine read it, with its sound in seconds. */
export type EspeakWord = { text: string; start: number; end: number };

/**
 * The words among an engine's events, each until its last phoneme ends. Positions are characters of the
 * SSML, from 1.
 */
export function wordsOf(events: EspeakEvent[], ssml: string, phonemes: Phoneme[]): EspeakWord[] {
  const characters = [...ssml];
  const begun = events.filter(({ type }) => type === "word");
  return begun.flatMap(({ text_position, word_length, audio_position }, index) => {
    const text = characters.slice(text_position - 1, text_position - 1 + word_length).join("");
    const start = audio_position / 1000;
    const next = begun[index + 1];
    const until = next ? next.audio_position / 1000 : Number.POSITIVE_INFINITY;
    const end = phonemes.findLast(
      (phoneme) => phoneme.start >= start && phoneme.start < until,
    )?.end;
    return end === undefined ? [] : [{ text, start, end }];
  });
}

/** The same words at their places in the text that was asked for; what was respelt has none. */
export function placedWords(words: readonly EspeakWord[], text: string): SpokenWord[] {
  let from = 0;
  return words.flatMap(({ text: word, start, end }) => {
    const at = word === "" ? -1 : text.indexOf(word, from);
    if (at < 0) return [];
    from = at + word.length;
    return [{ from: at, to: from, start, end }];
  });
}
