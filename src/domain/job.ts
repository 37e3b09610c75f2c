import type { Warning } from "./warning.ts";

/** One campaign of the service: a base, a sheet, options, and what has become of them. */
export const JOB_STATES = ["queued", "running", "done", "failed", "cancelled"] as const;
export type JobState = (typeof JOB_STATES)[number];

/** States in which nothing happens any more unless the job is retried. */
export const ENDED_STATES: readonly JobState[] = ["done", "failed", "cancelled"];

export function hasEnded(state: JobState): boolean {
  return ENDED_STATES.includes(state);
}

/** How many rows have reached which end; `total` is 0 until the sheet was read. */
export type Progress = { total: number; done: number; failed: number; skipped: number };

/** Rows that are neither done, failed nor skipped yet. */
export function remaining({ total, done, failed, skipped }: Progress): number {
  return total - done - failed - skipped;
}

export type JobError = { code: string; message: string };

/** Where a job's base lies: uploaded with it, or with a base template that many jobs use. */
export type BaseReference = {
  /** Object key of the file; null when it was removed because the compiled template holds all of it. */
  key: string | null;
  /** SHA-256 of its content, hex. */
  hash: string;
  /** As the client called it; for messages only. */
  name: string;
  /** Id of the base template it belongs to; null when it was uploaded with the job. */
  templateId: string | null;
};

export type Job = {
  /** 128 random bits or more. */
  id: string;
  tenant: string;
  state: JobState;
  /** Milliseconds since 1970. */
  createdAt: number;
  updatedAt: number;
  error: JobError | null;
  progress: Progress;
  warnings: Warning[];
  base: BaseReference;
  /** Object key of the sheet. */
  sheet: string;
  /** Validated campaign options as JSON; they never hold a secret. */
  options: Record<string, unknown>;
  /** What is replaced and by which compiled template; null until the base was listened to. */
  plan: Record<string, unknown> | null;
  /** Whether whole files or renditions are kept. */
  keeps: "files" | "renditions";
  /** Raised by every retry: tasks of an earlier round have no effect. */
  round: number;
  /** Number of the newest event; 0 when there is none. */
  lastEvent: number;
};

/** What a job tells while it runs, in the order of `seq`, which has no gaps. */
export type JobEvent = { seq: number; at: number; type: JobEventType; data: unknown };

export const JOB_EVENT_TYPES = [
  "job.queued",
  "job.running",
  "job.compiled",
  "job.warning",
  "job.progress",
  "recipient.failed",
  "job.done",
  "job.failed",
  "job.cancelled",
] as const;
export type JobEventType = (typeof JOB_EVENT_TYPES)[number];

/** Events that webhooks may ask for. */
export const WEBHOOK_EVENT_TYPES = ["job.done", "job.failed", "recipient.failed"] as const;
export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number];

export type NewJobEvent = { type: JobEventType; data: unknown };
