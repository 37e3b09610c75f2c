import type { Clock } from "../../ports/clock.ts";

/** What is left of somebody's budget after one more request. */
export type Budget = {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** Seconds until there is more of it, rounded up. */
  resetSeconds: number;
};

export type RateLimiter = {
  /** Counts a request of `who`; one that is refused is not counted. */
  take(who: string): Budget;
};

/** A window is counted in so many parts: a request is forgotten at most one of them too late. */
const PARTS = 60;
/** Of so many callers the counts are kept; those not seen for the longest time are forgotten first. */
const MOST_CALLERS = 10_000;

/** At most `limit` requests of each caller in any `windowMs` (a sliding window). */
export function createRateLimiter({
  limit,
  windowMs,
  clock,
}: {
  limit: number;
  windowMs: number;
  clock: Clock;
}): RateLimiter {
  const partMs = windowMs / PARTS;
  /** Counts by number of the part; the least recently seen caller is first. */
  const callers = new Map<string, Map<number, number>>();

  function countsOf(who: string, now: number): Map<number, number> {
    const counts = callers.get(who) ?? new Map<number, number>();
    callers.delete(who);
    callers.set(who, counts);
    for (const oldest of callers.keys()) {
      if (callers.size <= MOST_CALLERS) break;
      callers.delete(oldest);
    }
    // In the order of time, as they were made.
    for (const part of counts.keys()) {
      if ((part + 1) * partMs + windowMs > now) break;
      counts.delete(part);
    }
    return counts;
  }

  return {
    take(who) {
      const now = clock();
      const counts = countsOf(who, now);
      let used = 0;
      for (const count of counts.values()) used += count;
      const allowed = used < limit;
      if (allowed) {
        const part = Math.floor(now / partMs);
        counts.set(part, (counts.get(part) ?? 0) + 1);
        used += 1;
      }
      const [oldest = 0] = counts.keys();
      const resetMs = (oldest + 1) * partMs + windowMs - now;
      return {
        allowed,
        limit,
        remaining: limit - used,
        resetSeconds: Math.max(1, Math.ceil(resetMs / 1000)),
      };
    },
  };
}
