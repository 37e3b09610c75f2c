import { basename } from "node:path";
import { AppError, type ErrorCode } from "../domain/app-error.ts";
import {
  lastLine,
  type ProgramEnd,
  type RunProgramOptions,
  runProgram,
  tailOf,
} from "./run-program.ts";

/** What a failure of a program is. */
export type CommandFailure = {
  code: ErrorCode;
  /** What the program is, for messages, such as `the speech command`. */
  what: string;
};

export type RunCommandOptions = RunProgramOptions & CommandFailure;

/**
 * Runs a program as `runProgram` does, to an end without failure.
 * @throws AppError `code` with the last line of standard error; CANCELLED.
 */
export async function runCommand(words: string[], options: RunCommandOptions): Promise<void> {
  const end = await runProgram(words, options);
  if (end.why === "exit" && end.status === 0) return;
  throw await failureOf({ words, end, ...options });
}

/** A program's end that is none without failure, as an error. */
export async function failureOf({
  words,
  end,
  code,
  what,
  timeoutMs,
  errorFile,
}: { words: readonly string[]; end: ProgramEnd } & Pick<
  RunCommandOptions,
  "code" | "what" | "timeoutMs" | "errorFile"
>): Promise<AppError> {
  if (end.why === "abort") return new AppError("CANCELLED", "cancelled");
  const program = `${what} ${basename(words[0] ?? "")}`;
  if (end.why === "unstarted") {
    const reason = end.cause instanceof Error ? end.cause.message : String(end.cause);
    return new AppError(code, `${program} cannot be started: ${reason}`, { cause: end.cause });
  }
  const line = lastLine(await tailOf(errorFile));
  const happened =
    end.why === "exit"
      ? `failed (${typeof end.status === "number" ? "exit code " : ""}${end.status})`
      : `took longer than ${timeoutMs / 1000} s`;
  const message = `${program} ${happened}${line && `: ${line}`}`;
  return new AppError(code, message, { retryable: end.why === "timeout" });
}
