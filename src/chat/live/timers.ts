import type { Clock } from "../../ports/clock.ts";

/** Time as it passes: the machine's, or a test's own. */
export type Timers = {
  clock: Clock;
  /** Calls `run` once after `ms`. @returns what calls it off. */
  after(ms: number, run: () => void): () => void;
};

/** Resolves after `ms`, or at once when `signal` aborts or has. */
export function pause({ after }: Timers, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = () => {
      callOff();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const callOff = after(ms, done);
    signal.addEventListener("abort", done, { once: true });
  });
}
