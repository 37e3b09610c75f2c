import type { Interval } from "../domain/audio.ts";
import type { SpokenWord } from "../ports/speech-model.ts";

/** A text and when it is heard, seconds; its words by their places where the voice tells them. */
export type Caption = Interval & { text: string; words?: readonly SpokenWord[] };

/** As much as two lines on a screen hold, characters. */
const MAX_CUE_LENGTH = 84;

/** Captions in WebVTT (https://www.w3.org/TR/webvtt1/), long ones in several cues. */
export function webVtt(captions: readonly Caption[]): string {
  const cues = captions.flatMap(cuesOf).map(({ text, start, end }) => {
    return `${timestamp(start)} --> ${timestamp(Math.max(end, start + 0.001))}\n${escaped(text)}\n`;
  });
  return ["WEBVTT\n", ...cues].join("\n");
}

function cuesOf(caption: Caption): (Interval & { text: string })[] {
  const { start, end, text } = caption;
  const cuts = cutsOf(text);
  return cuts.map((from, index) => {
    const to = cuts[index + 1] ?? text.length;
    return {
      text: text.slice(from, to).trim(),
      start: from === 0 ? start : momentOf(caption, from),
      end: to === text.length ? end : momentOf(caption, to),
    };
  });
}

/** Where the cues of a text begin: at words, near the middle of what is too long. */
function cutsOf(text: string): number[] {
  const parts = Math.ceil(text.length / MAX_CUE_LENGTH);
  const cuts = [0];
  for (let part = 1; part < parts; part++) {
    const wanted = Math.round((text.length * part) / parts);
    const space = text.lastIndexOf(" ", wanted);
    const before = cuts.at(-1) ?? 0;
    if (space >= before) cuts.push(space + 1);
  }
  return [...new Set(cuts)];
}

/** When the word at a place of the text begins; without words, as if every character took as long. */
function momentOf({ start, end, text, words }: Caption, place: number): number {
  const word = words?.find(({ from }) => from >= place);
  return word ? start + word.start : start + ((end - start) * place) / text.length;
}

function timestamp(seconds: number): string {
  const ms = Math.round(seconds * 1000);
  const part = (value: number, digits: number) => String(value).padStart(digits, "0");
  const [h, m, s] = [
    Math.floor(ms / 3_600_000),
    Math.floor(ms / 60_000) % 60,
    Math.floor(ms / 1000) % 60,
  ];
  return `${part(h, 2)}:${part(m, 2)}:${part(s, 2)}.${part(ms % 1000, 3)}`;
}

/** A cue ends at an empty line, and must not look like a time. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/\s+/gu, " ");
}
