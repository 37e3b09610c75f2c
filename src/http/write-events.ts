import type { JobEvent } from "../domain/job.ts";

/** Resolves after `ms`, or when `signal` aborts. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** How soon a client reconnects after a break, ms. */
const RECONNECT_MS = 2_000;

/**
 * Events as text/event-stream (HTML standard, 9.2), with a comment as a sign of life whenever
 * nothing happened for `heartbeatMs`. The next event is asked for when the last one was taken.
 */
export async function* writeEvents(
  events: AsyncIterable<JobEvent>,
  options: { jobId: string; heartbeatMs: number; wait: Wait; signal: AbortSignal },
): AsyncGenerator<string> {
  const { jobId, heartbeatMs, wait, signal } = options;
  yield `retry: ${RECONNECT_MS}\n\n`;
  const source = events[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = source.next();
      let result: IteratorResult<JobEvent> | null = null;
      while (result === null) {
        result = await within(next, (stop) => wait(heartbeatMs, stop), signal);
        if (signal.aborted) return;
        if (result === null) yield ": still here\n\n";
      }
      if (result.done) return;
      yield eventText(result.value, jobId);
    }
  } catch (thrown) {
    // Who went away is not told what the source makes of it.
    if (!signal.aborted) throw thrown;
  } finally {
    // Not awaited: a source that waits for its next event ends only then.
    void source.return?.().then(undefined, () => {});
  }
}

/** What `promise` becomes, or null when the time is over before. */
async function within<T>(
  promise: Promise<T>,
  time: (stop: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<T | null> {
  const stop = new AbortController();
  const timer = time(AbortSignal.any([stop.signal, signal])).then(() => null);
  try {
    return await Promise.race([promise, timer]);
  } finally {
    stop.abort();
  }
}

function eventText({ seq, type, at, data }: JobEvent, jobId: string): string {
  const fields = typeof data === "object" && data !== null ? data : { data };
  const body = JSON.stringify({ ...fields, job_id: jobId, at: at / 1000 });
  return `id: ${seq}\nevent: ${type}\ndata: ${body}\n\n`;
}
