import type { HeardWord } from "./protocol.ts";

/** A clause that was said, seconds of its answer's timeline. */
export type SpokenClause = {
  text: string;
  start: number;
  end: number;
  /** In speaking order; empty when the voice tells no times. */
  words: readonly HeardWord[];
};

/** The end of a clause may be cut by so much and still count as heard, seconds. */
const TOLERANCE = 0.15;

/**
 * What of an answer was heard up to `position` (seconds): whole clauses, and of the last one the words
 * that ended before. A clause without times of its words counts when it was heard to its end.
 */
export function heardText(clauses: readonly SpokenClause[], position: number): string {
  const heard: string[] = [];
  for (const { text, start, end, words } of clauses) {
    if (end - TOLERANCE <= position) {
      heard.push(text);
      continue;
    }
    if (position <= start) break;
    const last = words.findLast((word) => word.end <= position);
    if (last) heard.push(text.slice(0, last.to));
    break;
  }
  return heard.join(" ").trim();
}
