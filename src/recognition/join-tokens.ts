import type { RecognizedWord } from "../ports/speech-recognizer.ts";

/** What a recogniser heard in one part, as the engine gives it. */
export type HeardTokens = {
  text: string;
  /** Pieces of words; one that begins a word has a space before it. */
  tokens: string[];
  /** When each token begins, seconds from the part's start; empty when the engine does not say. */
  timestamps: number[];
  /** How long each lasts, seconds; empty when the engine does not say. */
  durations: number[];
};

export type JoinOptions = {
  /** Where the part begins in the whole sound and how long it is, seconds. */
  start: number;
  length: number;
  /** Whether tokens are whole words, a piece that goes on ending in `@@` (Paraformer). */
  separate: boolean;
};

/** How long a token sounds at most where the engine gives its beginning only, seconds. */
const LONGEST_TOKEN = 0.4;
/** Scripts written without spaces: each sign is placed as a word. */
const UNSPACED =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const BYTE = /^<0x([0-9A-F]{2})>$/i;

/**
 * Joins tokens to words with their times; undefined when the engine gives no times, or tokens that do
 * not spell the text.
 */
export function joinTokens(heard: HeardTokens, options: JoinOptions): RecognizedWord[] | undefined {
  const { tokens, timestamps } = heard;
  if (tokens.length === 0 || timestamps.length !== tokens.length) return undefined;
  const groups: number[][] = [];
  for (const index of tokens.keys()) {
    if (groups.length === 0 || beginsWord(tokens, index, options)) groups.push([]);
    groups.at(-1)?.push(index);
  }
  const words = groups
    .map((group) => ({
      text: spelled(group.map((index) => tokens[index] ?? "")),
      ...placed(group, heard, options),
    }))
    .filter(({ text }) => text !== "");
  const together = words.map(({ text }) => text).join("");
  return unspaced(together) === unspaced(heard.text) ? words : undefined;
}

function beginsWord(tokens: string[], index: number, { separate }: JoinOptions): boolean {
  const token = tokens[index] ?? "";
  const before = tokens[index - 1] ?? "";
  if (/^[\s▁]/u.test(token) || UNSPACED.test(token)) return true;
  if (separate) return !before.endsWith("@@");
  return UNSPACED.test(before) && /^[\p{L}\p{N}]/u.test(token);
}

/** The letters of tokens, some of which may be single bytes of UTF-8. */
function spelled(tokens: string[]): string {
  const bytes = tokens.map((token) => {
    const [, code] = BYTE.exec(token) ?? [];
    return code === undefined
      ? Buffer.from(token.replace(/@@$/, "").replaceAll("▁", " "))
      : Buffer.of(Number.parseInt(code, 16));
  });
  return Buffer.concat(bytes).toString("utf8").trim();
}

function placed(
  group: number[],
  { timestamps, durations }: HeardTokens,
  { start, length }: JoinOptions,
): { start: number; end: number } {
  const [first = 0] = group;
  const last = group.at(-1) ?? first;
  const begun = timestamps[last] ?? 0;
  const next = timestamps[last + 1] ?? length;
  const lasts = durations.length === timestamps.length ? (durations[last] ?? 0) : 0;
  const end = Math.min(begun + (lasts > 0 ? lasts : LONGEST_TOKEN), next, length);
  return { start: start + (timestamps[first] ?? 0), end: start + Math.max(end, begun) };
}

function unspaced(text: string): string {
  return text.replace(/\s+/gu, "");
}
