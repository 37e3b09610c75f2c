import { AppError, toAppError } from "../domain/app-error.ts";
import { createGate } from "../domain/limit-concurrency.ts";
import type { Warning } from "../domain/warning.ts";
import type { AnswerEnd, LanguageAnswer } from "../ports/language-model.ts";
import type { Speech } from "../ports/speech-model.ts";
import { createChannel } from "./channel.ts";
import { type ClauseOptions, splitClauses } from "./clauses.ts";

/** So many clauses are spoken at a time: one is heard while the next is made. */
const SPOKEN_AT_ONCE = 2;

export type SpokenClause = { text: string; speech: Speech };

export type TurnEnd = AnswerEnd & {
  /** All of the answer as it was written, also what is not spoken. */
  text: string;
  /** What could not be said, or was too long to be. */
  warnings: Warning[];
};

export type Turn = {
  /**
   * In order, each as soon as it is spoken; can be gone through once. Who leaves early ends the turn.
   * @throws AppError of the language model or the voice, CANCELLED.
   */
  clauses: AsyncGenerator<SpokenClause>;
  /** Settles once all is written and spoken, or rejects as `clauses` does. */
  end: Promise<TurnEnd>;
};

export type TurnOptions = {
  /** Begins the answer. */
  answer: (signal: AbortSignal) => LanguageAnswer;
  speak: (text: string, signal: AbortSignal) => Promise<Speech>;
  /** Characters that are spoken at most. */
  maxSpoken: number;
  clauses?: ClauseOptions;
  /** Told of every piece of text as it is written. */
  onText?: (piece: string) => void;
  signal: AbortSignal;
};

/** Has an answer written and spoken at the same time: clauses are spoken while later ones are written. */
export function answerTurn(options: TurnOptions): Turn {
  const { maxSpoken } = options;
  const left = new AbortController();
  const signal = AbortSignal.any([options.signal, left.signal]);
  const channel = createChannel<Promise<SpokenClause | null>>();
  const gate = createGate(SPOKEN_AT_ONCE);
  const warnings: Warning[] = [];
  const failures: AppError[] = [];
  let written = "";
  let spoken = 0;
  let full = false;

  async function* noted(text: AsyncIterable<string>): AsyncGenerator<string> {
    for await (const piece of text) {
      written += piece;
      options.onText?.(piece);
      yield piece;
    }
  }

  /** One that no voice can say is left out; what fails for any other reason ends the turn. */
  async function sayable(text: string): Promise<SpokenClause | null> {
    try {
      const speech = await gate(() => options.speak(text, signal));
      return { text, speech };
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code !== "SPEECH_FAILED" || error.retryable) throw error;
      failures.push(error);
      warnings.push({ code: "CLAUSE_UNSPOKEN", message: `a part is not spoken: ${error.message}` });
      return null;
    }
  }

  /** What of a clause may still be spoken; null for nothing, and then nothing that follows is. */
  function allowed(clause: string): string | null {
    if (full) return null;
    const rest = maxSpoken - spoken;
    full = clause.length > rest;
    const part = full && spoken === 0 ? beginningOf(clause, rest) : full ? "" : clause;
    spoken += part.length;
    return part === "" ? null : part;
  }

  async function run(): Promise<TurnEnd> {
    const answer = options.answer(signal);
    // It is awaited only when all is written.
    answer.end.catch(() => {});
    const made: Promise<SpokenClause | null>[] = [];
    for await (const clause of splitClauses(noted(answer.text), options.clauses)) {
      const part = allowed(clause);
      if (part === null) continue;
      const saying = sayable(part);
      saying.catch(() => {});
      made.push(saying);
      channel.push(saying);
    }
    const end = await answer.end;
    const said = (await Promise.all(made)).filter((clause) => clause !== null);
    const [failure] = failures;
    if (said.length === 0) throw failure ?? nothingSaid();
    if (full) warnings.push(cutShort(spoken, maxSpoken));
    return { ...end, text: written, warnings };
  }

  const end = run();
  end.then(
    () => channel.end(),
    (error: unknown) => {
      left.abort();
      channel.fail(error);
    },
  );

  async function* clauses(): AsyncGenerator<SpokenClause> {
    try {
      for await (const saying of channel.items) {
        const clause = await saying;
        if (clause !== null) yield clause;
      }
    } finally {
      left.abort();
    }
  }
  return { clauses: clauses(), end };
}

/** A text that may be spoken, and a warning where it had to be cut short. */
export function limitSpoken(
  text: string,
  maxSpoken: number,
): { text: string; warnings: Warning[] } {
  if (text.length <= maxSpoken) return { text, warnings: [] };
  const part = beginningOf(text, maxSpoken);
  return { text: part, warnings: [cutShort(part.length, maxSpoken)] };
}

/** Whole sentences of `text` where there are any, else whole words, at most `length` characters. */
function beginningOf(text: string, length: number): string {
  const head = text.slice(0, length);
  const sentence = /^[\s\S]*[.!?…।॥。！？](?=\s|$)/u.exec(head)?.[0] ?? "";
  if (sentence.length >= length / 2) return sentence;
  const words = /^[\s\S]*(?=\s)/u.exec(head)?.[0].trimEnd() ?? "";
  // Scripts without spaces, and words without an end.
  return words === "" ? head.replace(/[\ud800-\udbff]$/, "") : words;
}

function cutShort(spoken: number, maxSpoken: number): Warning {
  return {
    code: "SPEECH_CUT_SHORT",
    message: `only the first ${spoken} characters are spoken: at most ${maxSpoken} are (MAX_TEXT_LENGTH)`,
  };
}

function nothingSaid(): AppError {
  return new AppError("LANGUAGE_FAILED", "the answer holds nothing that can be spoken: ask again", {
    retryable: true,
  });
}
