import PQueue from "p-queue";
import { AppError } from "../../domain/app-error.ts";

/** How fast a provider is asked, by all requests of this process together. */
export type Pace = {
  /**
   * Begins `work` when a place is free and the provider does not want to be left alone.
   * @throws AppError CANCELLED when `signal` aborts before; else whatever `work` throws.
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** From now on at most `concurrency` at a time: what the provider said it allows. */
  allow(concurrency: number): void;
  /** Begins nothing else for `ms`, and asks for one less at a time than before. */
  slowDown(ms: number): void;
  /** Requests at a time at most, now. */
  readonly concurrency: number;
};

export type PaceOptions = {
  /** Requests at a time. */
  concurrency: number;
  /** Requests that may begin within a minute; no limit when left out. */
  perMinute?: number;
};

const MINUTE_MS = 60_000;
/** After this many answers without a complaint one more at a time is tried. */
const CALM_ANSWERS = 20;

export function createPace(options: PaceOptions): Pace {
  /** What may be reached again after slowing down. */
  let ceiling = options.concurrency;
  let calm = 0;
  let resumeAtMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const queue = new PQueue({
    concurrency: options.concurrency,
    ...(options.perMinute !== undefined && {
      intervalCap: options.perMinute,
      interval: MINUTE_MS,
    }),
  });

  function resumeIn(ms: number): void {
    queue.pause();
    clearTimeout(timer);
    timer = setTimeout(() => queue.start(), ms);
  }

  return {
    async run(work, signal) {
      try {
        const result = await queue.add(work, { signal });
        calm += 1;
        if (calm >= CALM_ANSWERS && queue.concurrency < ceiling) {
          calm = 0;
          queue.concurrency += 1;
        }
        return result;
      } catch (thrown) {
        throw signal.aborted ? new AppError("CANCELLED", "cancelled", { cause: thrown }) : thrown;
      }
    },
    allow(concurrency) {
      ceiling = Math.max(1, Math.min(concurrency, options.concurrency));
      if (queue.concurrency > ceiling) queue.concurrency = ceiling;
    },
    slowDown(ms) {
      calm = 0;
      // Several requests of one moment are refused together: that is one complaint.
      if (performance.now() >= resumeAtMs) queue.concurrency = Math.max(1, queue.concurrency - 1);
      resumeAtMs = Math.max(resumeAtMs, performance.now() + ms);
      resumeIn(resumeAtMs - performance.now());
    },
    get concurrency() {
      return queue.concurrency;
    },
  };
}
