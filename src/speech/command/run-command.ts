import { type ChildProcess, spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import { AppError } from "../../domain/app-error.ts";

const TAIL_BYTES = 4096;

export type RunCommandOptions = {
  /** Gets the command's standard error; in a folder of the caller's. */
  errorFile: string;
  timeoutMs: number;
  signal: AbortSignal;
  /** Variables it gets besides those of this process. */
  environment?: Record<string, string>;
};

/**
 * Runs a program to its end, never through a shell. On abort and timeout the program is killed with
 * all that it started (on Windows: the program alone), and has ended when this rejects.
 * @throws AppError SPEECH_FAILED with the last line of standard error, CANCELLED.
 */
export async function runCommand(words: string[], options: RunCommandOptions): Promise<void> {
  const [program = "", ...args] = words;
  const name = basename(program);
  // A file, not a pipe: a background process that keeps a pipe open would keep us waiting.
  await using errors = await open(options.errorFile, "w+");
  const ended = await new Promise<Ended>((resolve) => {
    let child: ChildProcess;
    try {
      const ownGroup = process.platform !== "win32";
      child = spawn(program, args, {
        stdio: ["ignore", "ignore", errors.fd],
        env: { ...process.env, ...options.environment },
        detached: ownGroup,
        shell: false,
        windowsHide: true,
      });
    } catch (thrown) {
      return resolve({ why: "unstarted", cause: thrown }); // such as an argument that is too long
    }
    let stopped: "timeout" | "abort" | undefined;
    const stop = (why: "timeout" | "abort") => {
      stopped = why;
      killGroup(child);
    };
    const onAbort = () => stop("abort");
    const timer = setTimeout(() => stop("timeout"), options.timeoutMs);
    const settle = (outcome: Ended) => {
      clearTimeout(timer);
      options.signal.removeEventListener("abort", onAbort);
      resolve(outcome);
    };
    options.signal.addEventListener("abort", onAbort, { once: true });
    if (options.signal.aborted) onAbort();
    child.once("error", (cause) => settle({ why: "unstarted", cause }));
    child.once("exit", (code, signalName) => {
      settle(stopped ? { why: stopped } : { why: "exit", status: code ?? signalName });
    });
  });

  if (ended.why === "exit" && ended.status === 0) return;
  if (ended.why === "abort") throw new AppError("CANCELLED", "cancelled");
  if (ended.why === "unstarted") {
    const reason = ended.cause instanceof Error ? ended.cause.message : String(ended.cause);
    const message = `the speech command ${name} cannot be started: ${reason}`;
    throw new AppError("SPEECH_FAILED", message, { cause: ended.cause });
  }
  const line = lastLine(await tailOf(errors));
  const what =
    ended.why === "exit"
      ? `failed (${typeof ended.status === "number" ? "exit code " : ""}${ended.status})`
      : `took longer than ${options.timeoutMs / 1000} s`;
  const message = `the speech command ${name} ${what}${line && `: ${line}`}`;
  throw new AppError("SPEECH_FAILED", message, { retryable: ended.why === "timeout" });
}

type Ended =
  | { why: "exit"; status: number | NodeJS.Signals | null }
  | { why: "timeout" }
  | { why: "abort" }
  | { why: "unstarted"; cause: unknown };

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined && process.platform !== "win32")
      process.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  } catch {
    // It has ended by itself meanwhile.
  }
}

async function tailOf(file: Awaited<ReturnType<typeof open>>): Promise<string> {
  const { size } = await file.stat();
  const length = Math.min(size, TAIL_BYTES);
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
  return buffer.toString("utf8");
}

function lastLine(text: string): string {
  const lines = text.split(/[\r\n]+/).map((line) => line.replace(/\p{Cc}+/gu, " ").trim());
  return lines.findLast((line) => line !== "") ?? "";
}
