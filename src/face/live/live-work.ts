import type { Fragment } from "../../media/fmp4/fragment.ts";

/** Pictures that are made by turns of a few, so that several works share a process fairly. */
export type LiveWork = {
  /**
   * Makes some more and hands them over as soon as they are encoded.
   * @returns whether there is no more to make for now.
   * @throws AppError CANCELLED.
   */
  turn(handOver: (fragment: Fragment) => void, cancelled: AbortSignal): Promise<boolean>;
  [Symbol.dispose](): void;
};
