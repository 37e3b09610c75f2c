import type { ErrorCode } from "../domain/app-error.ts";

/** What passes between a pool and its child processes, by structured clone. */
export type ToChild = { task: unknown } | { cancel: true };

export type FromChild =
  | { type: "ready" }
  | { type: "part"; part: unknown }
  | { type: "done"; result: unknown; usage: Usage }
  | { type: "failed"; error: TransportedError; usage: Usage };

/** What a child used since its last answer. */
export type Usage = { cpuMs: number; peakRssBytes: number };

export type TransportedError = { code: ErrorCode; message: string; retryable: boolean };

/** Written to standard error by a child's watchdog just before it ends the process. */
export const OVER_MEMORY_MARK = "[over the memory limit]";
