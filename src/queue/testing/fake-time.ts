import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../ports/clock.ts";
import type { Timers } from "../timers.ts";

export type FakeTime = {
  clock: Clock;
  timers: Timers;
  /** Lets that many milliseconds pass: what is due in them happens in its order. */
  pass(milliseconds: number): Promise<void>;
};

/** Time that passes only when it is told to. */
export function createFakeTime(start = Date.UTC(2026, 0, 1)): FakeTime {
  let now = start;
  const due = new Set<{ at: number; callback: () => void }>();
  return {
    clock: () => now,
    timers: {
      after(milliseconds, callback) {
        const timer = { at: now + milliseconds, callback };
        due.add(timer);
        return () => due.delete(timer);
      },
    },
    async pass(milliseconds) {
      const end = now + milliseconds;
      await setImmediate(); // a queue in this process has answered all that was asked by then
      for (;;) {
        const [next] = [...due].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (!next) break;
        due.delete(next);
        now = Math.max(now, next.at);
        next.callback();
        await setImmediate();
      }
      now = end;
    },
  };
}
