import { hasEnded, type JobEvent } from "../../domain/job.ts";
import type { JobStore } from "../../ports/job-store.ts";

const EVENTS_AT_ONCE = 200;

/**
 * A job's events after `after` as they come; ends with the event that ended the job, when the job is
 * removed, or when `signal` aborts.
 * @param follow.wait Resolves when it is time to look again, or when `signal` aborts.
 */
export async function* followEvents(
  jobs: JobStore,
  follow: {
    id: string;
    after: number;
    signal: AbortSignal;
    wait: (signal: AbortSignal) => Promise<void>;
  },
): AsyncGenerator<JobEvent> {
  const { id, signal, wait } = follow;
  let last = follow.after;
  while (!signal.aborted) {
    // Asked for before the events: what is written in between comes with the next look.
    const job = await jobs.find(null, id);
    if (!job) return;
    const events = await jobs.events(id, last, EVENTS_AT_ONCE);
    for (const event of events) {
      yield event;
      last = event.seq;
    }
    if (hasEnded(job.state) && last >= job.lastEvent) return;
    if (events.length === 0) await wait(signal);
  }
}
