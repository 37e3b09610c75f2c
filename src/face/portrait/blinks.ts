import { smoothstep } from "./easing.ts";

/** Seconds between two blinks, from and to. */
const SHORTEST_PAUSE = 2;
const LONGEST_PAUSE = 6;
/** A lid closes fast and opens slowly (Evinger et al., Invest. Ophthalmol. Vis. Sci. 32(2), 1991). */
const CLOSING = 0.09;
const CLOSED = 0.03;
const OPENING = 0.19;
const BLINK = CLOSING + CLOSED + OPENING;
/** Some blinks are followed by a second one. */
const DOUBLE_SHARE = 0.12;
const DOUBLE_PAUSE = 0.12;

/** How far the lids are closed at a moment, 0..1. */
export type Blinks = { at(seconds: number): number };

/**
 * Blinks at irregular moments, the first no sooner than a second after the start.
 * @param options.end No blink reaches beyond it, seconds; without, there is no end.
 */
export function createBlinks({
  random,
  end = Number.POSITIVE_INFINITY,
}: {
  random: () => number;
  end?: number | undefined;
}): Blinks {
  const starts: number[] = [];
  let next = 1 + random() * (LONGEST_PAUSE - SHORTEST_PAUSE);

  function plan(until: number): void {
    while (next <= until && next + BLINK <= end) {
      starts.push(next);
      const pause =
        random() < DOUBLE_SHARE
          ? DOUBLE_PAUSE
          : SHORTEST_PAUSE + random() * (LONGEST_PAUSE - SHORTEST_PAUSE);
      next += BLINK + pause;
    }
  }

  return {
    at(seconds) {
      plan(seconds);
      const start = lastUpTo(starts, seconds);
      if (start === undefined) return 0;
      const since = seconds - start;
      return smoothstep(0, CLOSING, since) - smoothstep(CLOSING + CLOSED, BLINK, since);
    },
  };
}

/** The last of ascending numbers that is not above `limit`. */
function lastUpTo(ascending: readonly number[], limit: number): number | undefined {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return ascending[low - 1];
}
