import { copyFile, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AppError } from "../../domain/app-error.ts";
import { diskError } from "../../domain/disk-error.ts";
import { failureOf } from "../../programs/run-command.ts";
import { lastLine, runProgram, tailOf } from "../../programs/run-program.ts";
import type { EngineJob, FileEngine } from "./file-engine.ts";
import type { GpuTurns } from "./gpu-turns.ts";

/** A program that loads gigabytes of weights first. */
const TIMEOUT_MS = 1800_000;
/** What a program that ran out of memory says, its own or a device's: another time there may be some. */
const OUT_OF_MEMORY = /out of memory|cannot allocate memory/iu;

/** What all engines that are programs have in common. */
export type ProgramOptions = {
  /** Where programs wait for a device; without it none is chosen for them. */
  turns?: GpuTurns;
  /** `cpu`: no device is shown to the program; `gpu` when left out. */
  needs?: FileEngine["needs"];
  /** For one video. */
  timeoutMs?: number;
};

export type EngineProgram = ProgramOptions & {
  /** As people know it, such as `Wav2Lip`. */
  engine: string;
  words: string[];
  /** Its working folder. */
  folder: string;
  /** Gets what it says. */
  log: string;
  environment?: Record<string, string>;
  /** What it says when it finds no face. */
  noFace: RegExp;
  /** The result's path, once the program has ended; null when there is none. */
  result: () => Promise<string | null>;
  job: EngineJob;
  signal: AbortSignal;
};

/**
 * Runs an engine's program and moves its result to where the job wants it. On abort and timeout it is
 * ended with all that it started.
 * @throws AppError NO_FACE, FACE_FAILED, CANCELLED.
 */
export async function runEngineProgram(run: EngineProgram): Promise<void> {
  const { turns, needs = "gpu", signal } = run;
  if (needs === "cpu" || !turns) {
    return inTurn(run, needs === "cpu" ? { CUDA_VISIBLE_DEVICES: "" } : {});
  }
  await turns.run((device) => inTurn(run, { CUDA_VISIBLE_DEVICES: device }), signal);
}

async function inTurn(run: EngineProgram, devices: Record<string, string>): Promise<void> {
  const { engine, words, folder, log, job, signal, timeoutMs = TIMEOUT_MS } = run;
  await mkdir(log, { recursive: true });
  const errorFile = join(log, "stderr.txt");
  const outputFile = join(log, "stdout.txt");
  const end = await runProgram(words, {
    errorFile,
    outputFile,
    folder,
    timeoutMs,
    signal,
    environment: { PYTHONUNBUFFERED: "1", ...run.environment, ...devices },
  });
  const ended = end.why === "exit" && end.status === 0;
  const result = ended ? await run.result() : null;
  if (result !== null) return moveResult(result, job.out);
  const said = `${await tailOf(outputFile)}\n${await tailOf(errorFile)}`;
  if (end.why === "exit" && run.noFace.test(said)) {
    throw new AppError(
      "NO_FACE",
      `${engine} finds no face: give a recording in which the speaker's face is seen all the time`,
    );
  }
  if (!ended) {
    const failure = await failureOf({
      ...{ words, end, timeoutMs, errorFile },
      ...{ code: "FACE_FAILED", what: engine },
    });
    if (failure.code === "CANCELLED") throw failure;
    const killed = end.why === "exit" && typeof end.status === "string";
    const retryable = failure.retryable || killed || OUT_OF_MEMORY.test(said);
    const message = `${failure.message}; run it by hand to see more`;
    throw new AppError("FACE_FAILED", message, { retryable, cause: failure });
  }
  const line = lastLine(said);
  const message = `${engine} ended without a result${line && `: ${line}`}; run it by hand to see more`;
  throw new AppError("FACE_FAILED", message);
}

async function moveResult(from: string, to: string): Promise<void> {
  if (resolve(from) === resolve(to)) return;
  try {
    await rename(from, to).catch(() => copyFile(from, to)); // perhaps it lies on another disk
    await rm(from, { force: true });
  } catch (thrown) {
    throw diskError(thrown, to);
  }
}

/** A file when it exists, else null. */
export async function fileIfThere(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ? path : null;
}

/** The newest `.mp4` in a folder and those in it; null when there is none. */
export async function newestMovie(folder: string): Promise<string | null> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const movies = await Promise.all(
    entries
      .filter((entry) => entry.isFile() && entry.name.endsWith(".mp4"))
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        return { path, at: (await stat(path)).mtimeMs };
      }),
  );
  return movies.toSorted((a, b) => b.at - a.at)[0]?.path ?? null;
}

/** A program's name as it is looked for, or its path from the root when it is one: the working folder changes. */
export function programPath(program: string): string {
  return /[\\/]/u.test(program) ? resolve(program) : program;
}
