import type { Clock } from "../../ports/clock.ts";
import type { SpokenClause } from "./heard-text.ts";
import type { AnswerNote } from "./protocol.ts";
import type { AnswerMedia } from "./stage.ts";

/** An answer as it was said, to be played again. */
export type RecordedAnswer = {
  notes: readonly AnswerNote[];
  media: readonly AnswerMedia[];
  said: readonly SpokenClause[];
};

/** Greetings and answers to frequent questions; the least recently used go first. */
export type AnswerCache = {
  get(key: string): RecordedAnswer | null;
  put(key: string, answer: RecordedAnswer): void;
  /** Notes that `key` was wanted. @returns whether it had been before. */
  wanted(key: string): boolean;
  /** Bytes of media that are kept. */
  size(): number;
};

/** Of so many questions it is known that they were asked. */
const MOST_WANTED = 1000;

/**
 * @param options.mostBytes Of media; an answer larger than a quarter of it is not kept.
 * @param options.lifetimeMs Older answers are made anew.
 */
export function createAnswerCache({
  mostBytes,
  lifetimeMs,
  clock,
}: {
  mostBytes: number;
  lifetimeMs: number;
  clock: Clock;
}): AnswerCache {
  const answers = new Map<string, { answer: RecordedAnswer; bytes: number; until: number }>();
  const asked = new Set<string>();
  let size = 0;

  function remove(key: string): void {
    size -= answers.get(key)?.bytes ?? 0;
    answers.delete(key);
  }

  return {
    get(key) {
      const found = answers.get(key);
      if (!found) return null;
      if (found.until <= clock()) {
        remove(key);
        return null;
      }
      answers.delete(key);
      answers.set(key, found);
      return found.answer;
    },
    put(key, answer) {
      const bytes = answer.media.reduce((sum, one) => sum + one.bytes.length, 0);
      if (bytes > mostBytes / 4) return;
      remove(key);
      answers.set(key, { answer, bytes, until: clock() + lifetimeMs });
      size += bytes;
      for (const oldest of answers.keys()) {
        if (size <= mostBytes) break;
        remove(oldest);
      }
    },
    wanted(key) {
      const known = asked.delete(key);
      asked.add(key);
      for (const oldest of asked.keys()) {
        if (asked.size <= MOST_WANTED) break;
        asked.delete(oldest);
      }
      return known;
    },
    size: () => size,
  };
}
