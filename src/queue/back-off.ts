import type { AppError, ErrorCode } from "../domain/app-error.ts";

const FIRST_MS = 1000;
const LONGEST_MS = 5 * 60 * 1000;

/**
 * How long to wait after a failure, ms: twice as long every time, 1 s to 5 min, less up to a half, so
 * that what failed together does not come back together.
 * @param failures How often it has failed, 1 or more.
 * @param random From 0 to 1.
 */
export function backOffMs(failures: number, random: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
  return Math.round(longest * (1 - random / 2));
}

/** What may pass although the error does not say so: of the machine, a child process, a provider. */
const PASSING: readonly ErrorCode[] = [
  ...(["DISK_FULL", "SPEECH_FAILED", "OUTGOING_FAILED", "OVERLOADED", "INTERNAL"] as const),
  ...(["WORKER_CRASHED", "WORKER_TIMEOUT", "WORKER_MEMORY"] as const),
  // Of work that its own worker did not cancel: what it relied on was being closed.
  "CANCELLED",
];

/** Whether the same work may succeed at another time. */
export function mayPass({ code, retryable }: AppError): boolean {
  return retryable || PASSING.includes(code);
}
