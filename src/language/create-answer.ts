import { AppError, toAppError } from "../domain/app-error.ts";
import { checkSignal } from "../domain/check-signal.ts";
import type { AnswerEnd, LanguageAnswer } from "../ports/language-model.ts";

/** What an adapter writes: pieces of text, and how it ended as the generator's result. */
export type AnswerPieces = AsyncGenerator<string, AnswerEnd, undefined>;

/**
 * An answer as the port wants it: empty pieces are left out, whatever is thrown is an AppError, and
 * once `signal` has aborted nothing comes but CANCELLED.
 * @param begin Starts when the text is first asked for; its signal also aborts when the reader stops.
 */
export function createAnswer(
  begin: (signal: AbortSignal) => AnswerPieces,
  { signal }: { signal: AbortSignal },
): LanguageAnswer {
  const end = Promise.withResolvers<AnswerEnd>();
  end.promise.catch(() => {}); // who reads the text alone is told by the text
  return { text: read(begin, signal, end), end: end.promise };
}

async function* read(
  begin: (signal: AbortSignal) => AnswerPieces,
  signal: AbortSignal,
  end: PromiseWithResolvers<AnswerEnd>,
): AsyncGenerator<string, void, undefined> {
  const stopped = new AbortController();
  let pieces: AnswerPieces | undefined;
  try {
    checkSignal(signal);
    pieces = begin(AbortSignal.any([signal, stopped.signal]));
    for (;;) {
      const { done, value } = await pieces.next();
      checkSignal(signal);
      if (done) {
        end.resolve(value);
        return;
      }
      if (value !== "") yield value;
      checkSignal(signal);
    }
  } catch (thrown) {
    const error = signal.aborted
      ? new AppError("CANCELLED", "cancelled", { cause: thrown })
      : toAppError(thrown);
    end.reject(error);
    throw error;
  } finally {
    stopped.abort();
    await pieces?.return({ tokensUsed: 0, finish: "stop", sources: [] }).catch(() => {});
    // Of no effect when it has settled.
    end.reject(new AppError("CANCELLED", "the answer was not read to its end"));
  }
}
