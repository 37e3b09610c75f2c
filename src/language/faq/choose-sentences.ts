import type { Found } from "./passage-index.ts";
import { stemsOf } from "./question-terms.ts";

const MOST_SENTENCES = 3;
/** Characters; more is a long speech. A longer first sentence is said all the same. */
const LONGEST_ANSWER = 450;
/** A passage up to this length is an answer as a whole. */
const SHORT_PASSAGE = 170;

const segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" });

/**
 * The sentences of a passage that answer best, one to three, in their order and in their own words.
 * Where one sentence says it, the next is added as long as the answer stays short.
 */
export function chooseSentences({ passage, weights }: Found): string {
  const sentences = sentencesOf(passage.text);
  const stems = sentences.map((sentence) => new Set(stemsOf(sentence)));
  const chosen = new Set<number>();
  const heard = new Set<string>();
  const gain = (index: number) => {
    let sum = 0;
    for (const one of stems[index] ?? []) if (!heard.has(one)) sum += weights.get(one) ?? 0;
    return sum;
  };
  const length = () => [...chosen].reduce((sum, index) => sum + (sentences[index]?.length ?? 0), 0);
  const add = (index: number) => {
    chosen.add(index);
    for (const one of stems[index] ?? []) heard.add(one);
  };
  const fits = (index: number) =>
    chosen.size < MOST_SENTENCES && length() + (sentences[index]?.length ?? 0) <= LONGEST_ANSWER;

  // Nothing is gained where only the heading has what was asked for: then it begins at the first.
  const order = sentences.map((_, index) => index);
  let best = 0;
  for (const index of order) if (gain(index) > gain(best)) best = index;
  add(best);
  for (;;) {
    const rest = order.filter((index) => !chosen.has(index) && fits(index));
    const next = rest.toSorted((a, b) => gain(b) - gain(a)).find((index) => gain(index) > 0);
    if (next === undefined) break;
    add(next);
  }
  if (passage.text.length <= SHORT_PASSAGE || chosen.size === 1) {
    for (const index of order.filter((one) => one > best)) {
      if (chosen.has(index) || !fits(index) || length() > SHORT_PASSAGE) continue;
      add(index);
    }
  }
  return [...chosen]
    .toSorted((a, b) => a - b)
    .map((index) => sentences[index])
    .join(" ");
}

/** The sentences of a text; each ends with a mark, so that it can be spoken. */
function sentencesOf(text: string): string[] {
  return text
    .split("\n")
    .flatMap((line) => [...segmenter.segment(line)].map(({ segment }) => segment.trim()))
    .filter((sentence) => sentence !== "")
    .map((sentence) => (/[.!?।:;…。！？]["'”’)]*$/u.test(sentence) ? sentence : `${sentence}.`));
}
