import { stem } from "./stem.ts";
import { isStopWord } from "./stop-words.ts";
import { wordsOf } from "./words.ts";

export type QuestionTerms = {
  /** Those of `terms` that are names: what is told about another is no answer. */
  names: ReadonlySet<string>;
  /** Stems of what it is about, each once, in its order. */
  terms: string[];
  /** Stems of what kind of answer is asked for, such as a price; an answer need not have them. */
  hints: string[];
};

/** How a question begins that goes on from the last one. */
const GOES_ON = /^\s*(?:and|or|but|what about|how about|also|और|या|लेकिन|फिर)(?![\p{L}\p{M}])/iu;

/** Whether a question can only be understood with the one before. */
export function goesOn(question: string, { terms, hints }: QuestionTerms): boolean {
  return GOES_ON.test(question) || terms.length === 0 || (terms.length === 1 && hints.length === 0);
}

/** Several words that mean one. */
const PHRASES: [RegExp, string][] = [
  [/\bsign(?:ing)? ?up\b/giu, "enrol"],
  [/\bmoney back\b/giu, "refund"],
  [/\bfree of charge\b/giu, "free"],
  [/\bjob openings?\b/giu, "job"],
  [/\b(?:how old|what age)\b/giu, "age"],
  [
    /\b(?:cannot|can['’]?t|can not|could not|couldn['’]?t|unable to) (?:come|attend|make it|be there)\b/giu,
    "miss",
  ],
  [/(?:न|नहीं) आ (?:सक|पा)\p{L}*\p{M}*/gu, "छूटी"],
  [/\bhow (?:long|far|late|early|often|big|large|high|many|much|soon|fast)\b/giu, ""],
  [/\b(?:which|what) (?:days?|times?)\b/giu, ""],
  [/\btak(?:e|es|ing) place\b/giu, ""],
  [/\b(?:opening|business|office) (?:hours|times)\b/giu, "opening"],
  [/\bpublic transport(?:ation)?\b/giu, "bus"],
  [/\bdirections\b/giu, "address"],
];

const HINTS: [RegExp, string][] = [
  [/\bhow (?:much|expensive)\b|कितने (?:का|की|के|रुपये|रुपए|पैसे)/iu, "price cost euro fee फीस"],
  [/\bwhere\b|कहाँ|कहां|किस जगह/iu, "address location find पता"],
  [/\b(?:when|what time)\b|कब|कितने बजे/iu, "time hour day date समय बजे"],
  [/\bhow long\b|कितनी देर|कितने मिनट/iu, "minute week month duration मिनट"],
  [/\bhow (?:often|many times)\b|कितनी बार/iu, "week month year once twice हफ़्ते साल बार"],
  [/\bwho\b|कौन (?:है|हैं)/iu, "head name"],
];

const CALENDAR =
  /^(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july|august|september|october|november|december)$/iu;

/** What a question asks for, without the words that questions are made of. */
export function questionTerms(question: string): QuestionTerms {
  const joined = PHRASES.reduce(
    (text, [phrase, word]) => text.replaceAll(phrase, ` ${word} `),
    question,
  );
  return {
    terms: termsOf(joined),
    names: new Set(namesIn(question).flatMap(stemsOf)),
    hints: HINTS.flatMap(([sign, words]) => (sign.test(question) ? termsOf(words) : [])),
  };
}

/** What is written like a name and no day or month: with a capital within a sentence. */
function namesIn(question: string): string[] {
  const capitals =
    question.match(/(?<=[\p{Ll}\p{N},;] )\p{Lu}[\p{L}\p{M}]+(?: \p{Lu}[\p{L}\p{M}]+)*/gu) ?? [];
  return capitals.flatMap((name) => name.split(" ")).filter((name) => !CALENDAR.test(name));
}

/** The stems of a text's words but stop words, each once. */
function termsOf(text: string): string[] {
  return [...new Set(stemsOf(text))];
}

/** The stems of a text's words but stop words, in their order. */
export function stemsOf(text: string): string[] {
  return wordsOf(text)
    .filter((word) => !isStopWord(word))
    .map(stem);
}
