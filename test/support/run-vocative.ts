import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { runCli } from "../../src/cli/run-cli.ts";
import "./compile-cache.ts";

/** The command's entry. */
export const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

export type Ended = {
  /** Null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
};

export type Running = {
  pid: number;
  /** Resolves once `count` lines were printed on standard output, or when it has ended. */
  printed(count: number): Promise<void>;
  /** Resolves once this was printed on standard error, or when it has ended. */
  said(text: string): Promise<void>;
  /** What was printed on standard output until now. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<Ended>;
};

export type Surroundings = {
  env: Record<string, string>;
  cwd?: string;
  /** A program with arguments that runs the command, such as `unshare`. */
  under?: string[];
};

/** Starts the real command in a process of its own. */
export function startVocative(args: string[], surroundings: Surroundings): Running {
  const [program = "", ...rest] = [
    ...(surroundings.under ?? []),
    ...[process.execPath, MAIN],
    ...args,
  ];
  return startProgram(program, rest, surroundings);
}

export function vocative(args: string[], surroundings: Surroundings): Promise<Ended> {
  return startVocative(args, surroundings).ended;
}

export function startProgram(program: string, args: string[], { env, cwd }: Surroundings): Running {
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: environment(env),
    ...(cwd === undefined ? {} : { cwd }),
  });
  return watch(child);
}

/** The same command line inside this process, which saves the start. */
export async function vocativeInside(args: string[], { env }: Surroundings): Promise<Ended> {
  const written = { stdout: "", stderr: "" };
  const collector = (to: keyof typeof written) => ({
    write: (text: string) => {
      written[to] += text;
    },
  });
  const code = await runCli(args, {
    stdout: collector("stdout"),
    stderr: collector("stderr"),
    env: environment(env),
    onInterrupt: () => {},
  });
  return { code, signal: null, ...written };
}

function watch(child: ChildProcess): Running {
  const written = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  const tell = () => {
    for (const check of waiting) check();
  };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
      tell();
    });
  }
  let hasEnded = false;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      hasEnded = true;
      tell();
      resolve({ code, signal, ...written });
    });
  });
  const until = (isSo: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!hasEnded && !isSo()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return {
    pid: child.pid ?? 0,
    printed: (count) => until(() => written.stdout.split("\n").length > count),
    said: (text) => until(() => written.stderr.includes(text)),
    output: () => written.stdout,
    kill: (signal) => {
      child.kill(signal);
    },
    ended,
  };
}

/** Nothing of the test run's own environment that would change what the command does. */
/** Nothing of what tests start asks anybody on the internet. */
function environment(given: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE } = process.env;
  return { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE, VOCATIVE_OFFLINE: "true", ...given };
}
