import type { ErrorCode } from "../domain/app-error.ts";

/** How a task ended its child, without what it worked on. */
export type CauseOfDeath = { code: ErrorCode; reason: string };

/** What ended its children twice, by key, until its time is over. */
export type Quarantine = {
  causeOf(key: string): CauseOfDeath | undefined;
  add(key: string, cause: CauseOfDeath): void;
};

/**
 * @param options.durationMs How long a key stays.
 * @param options.capacity Keys at a time; a further one takes the oldest one's place.
 * @param options.clock Milliseconds since any moment.
 */
export function createQuarantine(options: {
  durationMs: number;
  capacity: number;
  clock: () => number;
}): Quarantine {
  const { durationMs, capacity, clock } = options;
  /** Oldest first: a key that comes again goes to the end. */
  const held = new Map<string, { cause: CauseOfDeath; until: number }>();

  return {
    causeOf(key) {
      const entry = held.get(key);
      if (entry === undefined) return undefined;
      if (clock() < entry.until) return entry.cause;
      held.delete(key);
      return undefined;
    },
    add(key, cause) {
      held.delete(key);
      held.set(key, { cause, until: clock() + durationMs });
      const [oldest] = held.keys();
      if (held.size > capacity && oldest !== undefined) held.delete(oldest);
    },
  };
}
