import { forEachConcurrently } from "../domain/limit-concurrency.ts";
import type { SpeechModel, SpeechRequest } from "../ports/speech-model.ts";

/** Items whose texts are made ready together: several requests for many names each. */
const WINDOW = 64;

/**
 * Does `work` for each item, at most `concurrency` at a time, while the voice readies the texts of
 * those that follow. Failures as in `forEachConcurrently`.
 */
export async function forEachSpokenAhead<T>(
  items: readonly T[],
  options: {
    speech: SpeechModel;
    requestsOf: (item: T) => SpeechRequest[];
    concurrency: number;
    signal: AbortSignal;
  },
  work: (item: T) => Promise<void>,
): Promise<void> {
  const { speech, requestsOf, concurrency, signal } = options;
  if (!speech.prepare) return forEachConcurrently(items, concurrency, work);
  const ready = (first: number): Promise<void> => {
    const window = items.slice(first, first + WINDOW);
    const prepared =
      window.length === 0 ? undefined : speech.prepare?.(window.flatMap(requestsOf), { signal });
    prepared?.catch(() => {}); // thrown where it is awaited, unless the work before it fails first
    return prepared ?? Promise.resolve();
  };
  let next = ready(0);
  for (let first = 0; first < items.length; first += WINDOW) {
    await next;
    next = ready(first + WINDOW);
    await forEachConcurrently(items.slice(first, first + WINDOW), concurrency, work);
  }
}
