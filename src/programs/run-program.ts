import { type ChildProcess, spawn } from "node:child_process";
import { type FileHandle, open } from "node:fs/promises";

/** What is read of what a program has written. */
const TAIL_BYTES = 16 * 1024;
const LINE_LENGTH = 300;

export type RunProgramOptions = {
  /** Gets the program's standard error; in a folder of the caller's. */
  errorFile: string;
  /** Gets its standard output; left out, that is thrown away. */
  outputFile?: string;
  /** Its working folder; that of this process when left out. */
  folder?: string;
  timeoutMs: number;
  signal: AbortSignal;
  /** Variables it gets besides those of this process. */
  environment?: Record<string, string>;
};

/** How a program ended. */
export type ProgramEnd =
  | { why: "exit"; status: number | NodeJS.Signals | null }
  | { why: "timeout" }
  | { why: "abort" }
  | { why: "unstarted"; cause: unknown };

/**
 * Runs a program to its end, never through a shell. On abort and timeout the program is killed with
 * all that it started (on Windows: the program alone), and has ended when this resolves.
 */
export async function runProgram(words: string[], options: RunProgramOptions): Promise<ProgramEnd> {
  const [program = "", ...args] = words;
  // Files, not pipes: a background process that keeps a pipe open would keep us waiting.
  await using errors = await open(options.errorFile, "w");
  await using output = options.outputFile ? await open(options.outputFile, "w") : null;
  return new Promise<ProgramEnd>((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(program, args, {
        stdio: ["ignore", output?.fd ?? "ignore", errors.fd],
        env: { ...process.env, ...options.environment },
        detached: process.platform !== "win32", // a group of its own
        shell: false,
        windowsHide: true,
        ...(options.folder !== undefined && { cwd: options.folder }),
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
    const settle = (end: ProgramEnd) => {
      clearTimeout(timer);
      options.signal.removeEventListener("abort", onAbort);
      resolve(end);
    };
    options.signal.addEventListener("abort", onAbort, { once: true });
    if (options.signal.aborted) onAbort();
    child.once("error", (cause) => settle({ why: "unstarted", cause }));
    child.once("exit", (code, signalName) => {
      settle(stopped ? { why: stopped } : { why: "exit", status: code ?? signalName });
    });
  });
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined && process.platform !== "win32")
      process.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  } catch {
    // It has ended by itself meanwhile.
  }
}

/** The end of what a program has written to a file; empty when there is none. */
export async function tailOf(path: string): Promise<string> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch {
    return "";
  }
  await using opened = file;
  const { size } = await opened.stat();
  const length = Math.min(size, TAIL_BYTES);
  const { buffer } = await opened.read(Buffer.alloc(length), 0, length, size - length);
  return buffer.toString("utf8");
}

/** The last line of a text that says something, without control characters, of bounded length. */
export function lastLine(text: string): string {
  const lines = text.split(/[\r\n]+/).map((line) => line.replace(/\p{Cc}+/gu, " ").trim());
  const line = [...(lines.findLast((one) => one !== "") ?? "")];
  return line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH).join("")}…` : line.join("");
}
