import type { Clock } from "../../ports/clock.ts";

/** Something that may be used up and grows again steadily (a token bucket). */
export type Allowance = {
  /** Uses so much of it. @returns false when there is not so much; then nothing is used. */
  take(amount?: number): boolean;
  /** When all of it is there again, ms. */
  fullAt(): number;
};

export function createAllowance({
  most,
  perSecond,
  clock,
}: {
  most: number;
  perSecond: number;
  clock: Clock;
}): Allowance {
  let left = most;
  let since = clock();
  return {
    take(amount = 1) {
      const now = clock();
      left = Math.min(most, left + (perSecond * Math.max(0, now - since)) / 1000);
      since = now;
      if (left < amount) return false;
      left -= amount;
      return true;
    },
    fullAt: () => since + (1000 * (most - left)) / perSecond,
  };
}
