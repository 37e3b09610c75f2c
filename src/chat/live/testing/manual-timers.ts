import type { Timers } from "../timers.ts";

/** Time that passes only when it is told to. */
export type ManualTimers = Timers & {
  /** Lets `ms` pass; what is due runs in its order, and what it begins, too. */
  pass(ms: number): Promise<void>;
  /** Timers that were not called off. */
  waiting(): number;
};

export function createManualTimers(): ManualTimers {
  let now = 1_000_000;
  let timers: { at: number; run: () => void }[] = [];

  return {
    clock: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    async pass(ms) {
      const end = now + ms;
      await settled();
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (!next) break;
        now = Math.max(now, next.at);
        timers = timers.filter((one) => one !== next);
        next.run();
        await settled();
      }
      now = end;
    },
    waiting: () => timers.length,
  };
}

/** Resolves once all that could go on has. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
