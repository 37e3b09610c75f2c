import { setTimeout } from "node:timers/promises";
import { speakableText } from "./speakable-text.ts";

/** Resolves after `ms`; rejects when `signal` aborts. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

export type ClauseOptions = {
  /**
   * The first clause ends at any mark, or at the end of a word once it has so many characters: the
   * sooner it is spoken. 12 when left out; Infinity for sentences only.
   */
  firstLength?: number;
  /** Later clauses end with a sentence, at the latest after so many characters; 220 when left out. */
  maxLength?: number;
  /** Text that stands still for so long is a clause as far as its words are whole, ms; 600 when left out. */
  flushMs?: number;
  wait?: Wait;
};

type Limits = { firstLength: number; maxLength: number };

/** Marks that end a sentence wherever they stand: of Indic, Chinese, Japanese and other scripts. */
const FULL_STOPS = "।॥。！？｡\u06d4\u061f\u1362\u104b";
const CLOSING = "\"'’”»)\\]」』】";
/** A sentence's end, with the quotation marks and brackets that belong to it. */
const SENTENCE_END = new RegExp(
  `\\n|[${FULL_STOPS}]+[${CLOSING}]*|[.!?…]+[${CLOSING}]*(?=\\s)`,
  "gu",
);
/** Within a sentence. A comma with a digit behind it is part of a number. */
const MARK = /[,;:–—](?=\s)|[،؛、，；：]/gu;

/** Words that end in a full stop, in lower case. */
const ABBREVIATIONS = new Set(
  (
    "mr mrs ms dr prof st sr jr rev gen col capt sgt lt hon vs etc approx no nos nr vol fig dept inc ltd " +
    "co corp e.g i.e a.m p.m u.s u.k z.b d.h u.a bzw usw ca str tel min max sra srta m mme mlle p.ex " +
    "डॉ श्री प्रो पं कु नं रु"
  ).split(" "),
);

/**
 * Cuts a text that is still being written into parts that can be spoken one after the other, trimmed
 * and without marks that nobody says. Parts without a letter or digit are left out.
 */
export async function* splitClauses(
  text: AsyncIterable<string>,
  options: ClauseOptions = {},
): AsyncGenerator<string> {
  const { flushMs = 600, wait = defaultWait } = options;
  const limits = { firstLength: options.firstLength ?? 12, maxLength: options.maxLength ?? 220 };
  const source = text[Symbol.asyncIterator]();
  let pending = "";
  let isFirst = true;

  function* cut(length: number): Generator<string> {
    const clause = speakableText(pending.slice(0, length));
    pending = pending.slice(length);
    if (clause === "") return;
    isFirst = false;
    yield clause;
  }

  try {
    let next = source.next();
    for (;;) {
      const result = await within(next, flushMs, wait);
      if (result === "late") {
        yield* cut(wholeWords(pending));
        // What is left is one unfinished word: only more of it makes it one.
        const late = await next;
        if (late.done) break;
        pending += late.value;
      } else {
        if (result.done) break;
        pending += result.value;
      }
      for (;;) {
        const length = cutAt(pending, isFirst, limits);
        if (length === null) break;
        yield* cut(length);
      }
      next = source.next();
    }
    yield* cut(pending.length);
  } finally {
    // Not awaited: a source that waits for its next piece ends only then.
    void source.return?.().then(undefined, () => {});
  }
}

/** How much of `text` is the next clause; null when its end is not in sight. */
function cutAt(text: string, isFirst: boolean, limits: Limits): number | null {
  const sentence = sentenceEnd(text);
  const early = isFirst ? firstCut(text, limits.firstLength) : null;
  const ends = [sentence, early].filter((end) => end !== null);
  if (ends.length > 0) {
    const end = Math.min(...ends);
    if (end <= limits.maxLength) return end;
  }
  if (text.length <= limits.maxLength) return null;
  const head = text.slice(0, limits.maxLength);
  return (
    lastMark(head) ?? (head.search(/\s\S*$/u) > 0 ? head.search(/\s\S*$/u) + 1 : wholeSigns(head))
  );
}

function sentenceEnd(text: string): number | null {
  for (const match of text.matchAll(SENTENCE_END)) {
    const end = match.index + match[0].length;
    const before = text.slice(0, match.index);
    if (!match[0].startsWith(".") || match[0].startsWith("...")) {
      if (before.trim() !== "") return end;
      continue;
    }
    const after = text.slice(end).trimStart();
    // The next word tells whether this is an end at all.
    if (after === "" && !text.slice(end).includes("\n")) return null;
    if (!/^\p{Ll}/u.test(after) && !isAbbreviated(before)) return end;
  }
  return null;
}

/** Whether a full stop behind `text` belongs to its last word. */
function isAbbreviated(text: string): boolean {
  const word = /[\p{L}\p{M}\p{N}.]+$/u.exec(text)?.[0] ?? "";
  // An initial, as in J. Smith, or the number of an entry.
  if (/^\p{Lu}$/u.test(word) || /(?:^|\n)\s*\d{1,3}$/u.test(text)) return true;
  return ABBREVIATIONS.has(word.toLowerCase());
}

function firstCut(text: string, firstLength: number): number | null {
  if (firstLength === Number.POSITIVE_INFINITY) return null;
  for (const match of text.matchAll(MARK)) {
    const end = match.index + match[0].length;
    if (/[\p{L}\p{N}]{2}/u.test(text.slice(0, end))) return end;
  }
  for (const match of text.matchAll(/\S(?=\s)/gu)) {
    const end = match.index + match[0].length;
    const isOver =
      !/[.\d]/u.test(match[0]) && speakableText(text.slice(0, end)).length >= firstLength;
    if (isOver) return end;
  }
  return null;
}

function lastMark(text: string): number | null {
  const last = [...text.matchAll(MARK)].at(-1);
  return last === undefined ? null : last.index + last[0].length;
}

/** All of it when it ends with a mark or a sign of a script that sets no spaces; else up to its last space. */
function wholeWords(text: string): number {
  if (/[\p{P}\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]$/u.test(text))
    return text.length;
  return text.search(/\s\S*$/u) + 1;
}

/** The length of `text` without half a surrogate pair at its end. */
function wholeSigns(text: string): number {
  return /[\ud800-\udbff]$/.test(text) ? text.length - 1 : text.length;
}

/** What `promise` becomes, or `late` when the time is over before. */
async function within<T>(promise: Promise<T>, ms: number, wait: Wait): Promise<T | "late"> {
  const stop = new AbortController();
  const late = wait(ms, stop.signal).then(
    () => "late" as const,
    // Stopped, as what was waited for is there.
    () => promise,
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
  }
}

const defaultWait: Wait = async (ms, signal) => {
  await setTimeout(ms, undefined, { signal });
};
