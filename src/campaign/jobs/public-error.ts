import type { AppError, ErrorCode } from "../../domain/app-error.ts";
import type { JobError } from "../../domain/job.ts";

/** Failures whose own message may name files and addresses of this machine. */
const PUBLIC_MESSAGES: Partial<Record<ErrorCode, string>> = {
  DISK_FULL: "the server has no space left: ask its operator to free some, then retry",
  OUTPUT_UNWRITABLE: "the server cannot write its outputs: tell its operator, then retry",
  FILE_UNREADABLE: "a file of the job is damaged: create the job again",
  WORKER_TIMEOUT: "it took longer than it may: retry, or use a shorter base",
  INTERNAL: "internal error: retry, and tell the server's operator when it happens again",
};

/** An error as the owner of a job may see it. */
export function publicError({ code, message }: AppError): JobError {
  return { code, message: PUBLIC_MESSAGES[code] ?? message };
}
