import { setTimeout } from "node:timers/promises";
import PQueue from "p-queue";
import { AppError } from "../domain/app-error.ts";

/** How fast a provider is asked, by all requests of this process together. */
export type Pace = {
  /**
   * Begins `work` when a place is free and the provider does not want to be left alone, in the order
   * of the calls.
   * @throws AppError CANCELLED when `signal` aborts, at once; else whatever `work` throws.
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** From now on at most `concurrency` at a time: what the provider said it allows. */
  allow(concurrency: number): void;
  /**
   * Begins nothing else for `ms`, and asks for one less at a time than before. To be called inside
   * `work`, as the next one begins when it ends.
   * @param begunAt When the request that was refused began, on the clock; several refused ones that
   * began before the last slowing down are one complaint.
   */
  slowDown(ms: number, begunAt?: number): void;
  /** A request was served: after some of these in a row one more at a time is tried. */
  wentWell(): void;
  /** Requests at a time at most, now. */
  readonly concurrency: number;
};

export type PaceOptions = {
  /** Requests at a time. */
  concurrency: number;
  /** Requests that may begin within any minute; no limit when left out. */
  perMinute?: number;
  /** Milliseconds since 1970. */
  clock?: () => number;
  /** Waits; rejects when the signal aborts. */
  wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
};

const MINUTE_MS = 60_000;
const CALM_ANSWERS = 20;

export function createPace({ concurrency, perMinute, clock = Date.now, wait }: PaceOptions): Pace {
  /** What may be reached again after slowing down. */
  let ceiling = concurrency;
  let calm = 0;
  let slowedAt = Number.NEGATIVE_INFINITY;
  let resumeAt = Number.NEGATIVE_INFINITY;
  const queue = new PQueue({
    concurrency,
    ...(perMinute !== undefined && {
      intervalCap: perMinute,
      interval: MINUTE_MS,
      strict: true,
    }),
  });

  /** Holds a place meanwhile: nobody else is to begin either. No timer is left when nobody waits. */
  async function pauseEnds(signal: AbortSignal): Promise<void> {
    let awaited = Number.NEGATIVE_INFINITY;
    // Once for each pause, not until the clock says so: a timer may fire a little early.
    while (resumeAt > awaited && resumeAt > clock()) {
      awaited = resumeAt;
      await (wait ?? waitFor)(resumeAt - clock(), signal);
    }
  }

  return {
    async run(work, signal) {
      try {
        const task = async () => {
          await pauseEnds(signal);
          return work();
        };
        return await queue.add(task, { signal });
      } catch (thrown) {
        throw signal.aborted ? new AppError("CANCELLED", "cancelled", { cause: thrown }) : thrown;
      }
    },
    allow(allowed) {
      if (Number.isNaN(allowed)) return;
      ceiling = Math.max(1, Math.min(Math.floor(allowed), concurrency));
      queue.concurrency = Math.min(queue.concurrency, ceiling);
    },
    slowDown(ms, begunAt = clock()) {
      calm = 0;
      const now = clock();
      if (begunAt > slowedAt) {
        slowedAt = now;
        queue.concurrency = Math.max(1, queue.concurrency - 1);
      }
      resumeAt = Math.max(resumeAt, now + ms);
    },
    wentWell() {
      calm += 1;
      if (calm < CALM_ANSWERS || queue.concurrency >= ceiling) return;
      calm = 0;
      queue.concurrency += 1;
    },
    get concurrency() {
      return queue.concurrency;
    },
  };
}

/** Waits in real time; rejects when the signal aborts. */
export function waitFor(ms: number, signal: AbortSignal): Promise<unknown> {
  return setTimeout(ms, undefined, { signal });
}
