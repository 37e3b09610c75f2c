import { isSpeakable } from "./spoken-text.ts";

/** Part of a text, and at what it was parted from the next one. */
export type TextPart = { text: string; end: PartEnd };

export type PartEnd =
  | "sentence"
  /** At a comma and the like. */
  | "clause"
  /** At a space. */
  | "word"
  /** Inside a word, between two characters as readers count them. */
  | "cut";

/** Signs that end a stretch, with the quotation marks that close after them. */
const CLOSING = "[\"'”’»)\\]」』）】]*";
const BREAKS: Record<Exclude<PartEnd, "cut">, RegExp> = {
  sentence: new RegExp(`(?:[.!?…؟۔]+${CLOSING}\\s+|[。！？｡।॥]+${CLOSING}\\s*)`, "gu"),
  clause: new RegExp(`(?:[,;:،؛)—–]${CLOSING}\\s+|[、，；：]${CLOSING}\\s*)`, "gu"),
  word: /\s+/gu,
};
/** A natural break is taken when it fills a part so far at least. */
const LEAST_FILLED = 1 / 3;

/**
 * `text` in parts of at most `limit` UTF-16 units, each as long as a natural break allows: at the last
 * sentence's end, else clause's end, else space, else between characters. Parts in which nothing can
 * be spoken are left out.
 */
export function splitText(text: string, limit: number): TextPart[] {
  const parts: TextPart[] = [];
  let rest = text.trim();
  while (rest.length > limit) {
    const { length, next, end } = breakOf(rest, limit);
    parts.push({ text: rest.slice(0, length), end });
    rest = rest.slice(next).trimStart();
  }
  parts.push({ text: rest, end: "sentence" });
  return parts.filter((part) => isSpeakable(part.text));
}

type Break = { length: number /** Where the next part begins. */; next: number; end: PartEnd };

function breakOf(text: string, limit: number): Break {
  // One more, as a space right behind the part is a break as well.
  const window = text.slice(0, limit + 1);
  const found = (["sentence", "clause", "word"] as const).flatMap((end) => {
    const last = breaksIn(window, end).findLast(({ length }) => length > 0 && length <= limit);
    return last ? [last] : [];
  });
  return (
    found.find(({ length }) => length >= LEAST_FILLED * limit) ??
    found.toSorted((a, b) => b.length - a.length)[0] ??
    cutOf(text, limit)
  );
}

function breaksIn(text: string, end: Exclude<PartEnd, "cut">): Break[] {
  return [...text.matchAll(BREAKS[end])].map(({ 0: sign, index }) => ({
    length: index + sign.trimEnd().length,
    next: index + sign.length,
    end,
  }));
}

function cutOf(text: string, limit: number): Break {
  const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  let length = 0;
  for (const { index, segment } of characters.segment(text.slice(0, 2 * limit))) {
    if (index + segment.length > limit) break;
    length = index + segment.length;
  }
  // One character of many marks may be longer than a part: then between two code points.
  length ||= limit - Number(isHalf(text.charAt(limit - 1))) || 2;
  return { length, next: length, end: "cut" };
}

/** Whether it is the first of the two units of one code point. */
function isHalf(unit: string): boolean {
  return /[\ud800-\udbff]/u.test(unit);
}
