import { type ChildProcess, fork } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { AppError, type ErrorCode } from "../domain/app-error.ts";
import { type FromChild, OVER_MEMORY_MARK, type ToChild } from "./task-messages.ts";

const ATTEMPTS = 2;
/** A young generation that stays small: what a task leaves behind is collected, not hoarded. */
const CHILD_FLAGS = ["--max-semi-space-size=2"];
const STDERR_KEPT = 2000;
const DEFAULT_START_DEADLINE_MS = 30_000;

export type WorkerPoolOptions = {
  /** What the children do, for messages: "media worker". */
  name: string;
  /** The module each child runs; it calls `serveTasks`. */
  module: URL;
  /** How many children work at once, at least 1. They start when first needed. */
  size: number;
  /** A child whose resident memory passes this is ended. */
  memoryLimitBytes: number;
  /** A task that takes longer is ended with its child, unless it brings a deadline of its own. */
  deadlineMs: number;
  /** A child that takes longer to start is ended; 30 s when left out. */
  startDeadlineMs?: number;
};

export type RunOptions = {
  signal: AbortSignal;
  deadlineMs?: number;
  /** What is to blame if the task ends its child twice, such as an input file; it is refused from then on. */
  quarantineKey?: string;
};

export type WorkerPoolStats = {
  tasks: number;
  /** Children that ended before they should have. */
  deaths: number;
  /** CPU time of all finished tasks, user and system. */
  cpuMs: number;
  peakRssBytes: number;
};

export interface WorkerPool<Task, Result> {
  /**
   * Runs one task in a child of its own for that time. A child that crashes, hangs or outgrows its
   * memory costs this task only, which is tried once more in a fresh child.
   * @throws AppError as thrown in the child; WORKER_CRASHED, WORKER_TIMEOUT or WORKER_MEMORY after
   * the second try; CANCELLED when `signal` aborts (the child is then ended).
   */
  run(task: Task, options: RunOptions): Promise<Result>;
  stats(): WorkerPoolStats;
  /** Process ids of the living children. */
  pids(): number[];
  close(): Promise<void>;
}

type Job = {
  task: unknown;
  options: RunOptions;
  attempts: number;
  resolve: (result: unknown) => void;
  reject: (error: AppError) => void;
  onAbort: () => void;
};

type Child = {
  process: ChildProcess;
  ready: boolean;
  job: Job | null;
  timer: NodeJS.Timeout | null;
  /** Why the pool itself ended this child. */
  endedFor: "deadline" | "start" | "abort" | "close" | null;
  stderr: string;
};

/** A pool of child processes for work that may crash, hang or eat memory. Idle children do not keep the process alive. */
export function createWorkerPool<Task, Result>(
  options: WorkerPoolOptions,
): WorkerPool<Task, Result> {
  const children = new Set<Child>();
  const queue: Job[] = [];
  const quarantine = new Map<string, AppError>();
  const stats: WorkerPoolStats = { tasks: 0, deaths: 0, cpuMs: 0, peakRssBytes: 0 };
  const startDeadlineMs = options.startDeadlineMs ?? DEFAULT_START_DEADLINE_MS;
  let closed = false;

  function start(): Child {
    const process_ = fork(fileURLToPath(options.module), [String(options.memoryLimitBytes)], {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      execArgv: CHILD_FLAGS,
      env: environment(),
    });
    const child: Child = {
      process: process_,
      ready: false,
      job: null,
      timer: null,
      endedFor: null,
      stderr: "",
    };
    children.add(child);
    process_.stderr?.setEncoding("utf8").on("data", (text: string) => {
      child.stderr = (child.stderr + text).slice(-STDERR_KEPT);
    });
    process_.on("message", (message: FromChild) => onMessage(child, message));
    process_.on("error", () => {}); // a failed send or kill is followed by "exit"
    process_.on("close", () => onDeath(child));
    return child;
  }

  function dispatch(): void {
    while (queue.length > 0) {
      // What killed one child may have killed others that are not known to be dead yet: a second try
      // is never spent on one of them.
      const isSecondTry = (queue[0]?.attempts ?? 0) > 0;
      let child = isSecondTry ? undefined : [...children].find(isFree);
      if (!child && children.size < options.size) child = start();
      child ??= [...children].find(isFree);
      const job = child && queue.shift();
      if (!child || !job) return;
      child.job = job;
      keepAlive(child, true);
      if (child.ready) begin(child, job);
      else limit(child, "start", startDeadlineMs);
    }
  }

  function limit(child: Child, reason: "start" | "deadline", milliseconds: number): void {
    if (child.timer) clearTimeout(child.timer);
    child.timer = setTimeout(() => end(child, reason), milliseconds);
  }

  function begin(child: Child, job: Job): void {
    limit(child, "deadline", job.options.deadlineMs ?? options.deadlineMs);
    const message: ToChild = { task: job.task };
    child.process.send(message, (error) => {
      if (error) child.process.kill("SIGKILL");
    });
  }

  function onMessage(child: Child, message: FromChild): void {
    if (message.type === "ready") {
      child.ready = true;
      if (child.job) begin(child, child.job);
      return;
    }
    const job = release(child);
    stats.tasks += 1;
    stats.cpuMs += message.usage.cpuMs;
    stats.peakRssBytes = Math.max(stats.peakRssBytes, message.usage.peakRssBytes);
    if (message.type === "done") settle(job, () => job?.resolve(message.result));
    else {
      const { code, message: text, retryable } = message.error;
      settle(job, () => job?.reject(new AppError(code, text, { retryable })));
    }
    dispatch();
  }

  function onDeath(child: Child): void {
    children.delete(child);
    const job = release(child);
    const wanted = child.endedFor === "abort" || child.endedFor === "close";
    if (!wanted) stats.deaths += 1;
    if (job && !wanted) {
      job.attempts += 1;
      if (job.attempts < ATTEMPTS) queue.unshift(job);
      else giveUp(job, child);
    }
    dispatch();
  }

  function giveUp(job: Job, child: Child): void {
    const { quarantineKey, deadlineMs } = job.options;
    const { code, reason } = causeOfDeath(child, deadlineMs ?? options.deadlineMs);
    const subject = quarantineKey ? ` on ${quarantineKey}` : "";
    const error = new AppError(code, `the ${options.name} ${reason}${subject}, twice`);
    if (quarantineKey) quarantine.set(quarantineKey, error);
    settle(job, () => job.reject(error));
  }

  function causeOfDeath(child: Child, deadlineMs: number): { code: ErrorCode; reason: string } {
    if (child.endedFor === "deadline") {
      return { code: "WORKER_TIMEOUT", reason: `took longer than ${deadlineMs / 1000} s` };
    }
    if (child.endedFor === "start") {
      return { code: "WORKER_TIMEOUT", reason: `did not start within ${startDeadlineMs / 1000} s` };
    }
    if (child.stderr.includes(OVER_MEMORY_MARK)) {
      const limit = Math.round(options.memoryLimitBytes / 2 ** 20);
      return { code: "WORKER_MEMORY", reason: `needed more than ${limit} MB of memory` };
    }
    const { signalCode, exitCode } = child.process;
    const complaint = lastComplaint(child.stderr);
    const how = signalCode ?? `exit code ${exitCode}`;
    return { code: "WORKER_CRASHED", reason: `ended (${how}${complaint ? `: ${complaint}` : ""})` };
  }

  function release(child: Child): Job | null {
    if (child.timer) clearTimeout(child.timer);
    const job = child.job;
    child.timer = null;
    child.job = null;
    keepAlive(child, false);
    return job;
  }

  function settle(job: Job | null, outcome: () => void): void {
    job?.options.signal.removeEventListener("abort", job.onAbort);
    outcome();
  }

  function end(child: Child, reason: NonNullable<Child["endedFor"]>): void {
    child.endedFor = reason;
    child.process.kill("SIGKILL");
  }

  function abort(job: Job): void {
    const waiting = queue.indexOf(job);
    if (waiting >= 0) queue.splice(waiting, 1);
    for (const child of children) if (child.job === job) end(child, "abort");
    settle(job, () => job.reject(new AppError("CANCELLED", "cancelled")));
  }

  return {
    run(task, runOptions) {
      return new Promise<Result>((resolve, reject) => {
        const { signal, quarantineKey } = runOptions;
        const refused = quarantineKey === undefined ? undefined : quarantine.get(quarantineKey);
        if (signal.aborted) return reject(new AppError("CANCELLED", "cancelled"));
        if (refused) return reject(refused);
        if (closed) return reject(new AppError("INTERNAL", `the ${options.name} pool is closed`));
        const job: Job = {
          task,
          options: runOptions,
          attempts: 0,
          resolve: resolve as (result: unknown) => void, // children answer a Task with a Result
          reject,
          onAbort: () => abort(job),
        };
        signal.addEventListener("abort", job.onAbort, { once: true });
        queue.push(job);
        dispatch();
      });
    },
    stats: () => ({ ...stats }),
    pids: () => [...children].flatMap(({ process: { pid } }) => (pid === undefined ? [] : [pid])),
    async close() {
      closed = true;
      for (const job of queue.splice(0)) abort(job);
      const deaths = [...children].map(
        (child) => new Promise<void>((resolve) => child.process.once("close", () => resolve())),
      );
      for (const child of children) {
        const job = child.job;
        keepAlive(child, true);
        end(child, "close");
        if (job) settle(job, () => job.reject(new AppError("CANCELLED", "cancelled")));
      }
      await Promise.all(deaths);
    },
  };
}

function isFree({ job, endedFor, process: { connected } }: Child): boolean {
  return job === null && endedFor === null && connected;
}

/** Of what a process wrote before it died: the last line that is no stack, bracket or version. */
function lastComplaint(stderr: string): string | undefined {
  const noise = /^\s*$|^\s+at |^\s*[\^{}[\]~]|^Node\.js v/u;
  return stderr
    .split("\n")
    .findLast((line) => !noise.test(line))
    ?.trim();
}

/** Children get no secrets of the parent's environment. */
function environment(): NodeJS.ProcessEnv {
  const passed = ["PATH", "TMPDIR", "TEMP", "TMP", "SystemRoot", "LANG", "HOME"];
  return Object.fromEntries(passed.map((name) => [name, process.env[name]]));
}

function keepAlive(child: Child, wanted: boolean): void {
  // A pipe of a child is a net.Socket, though its type says Readable.
  const stderr = child.process.stderr as Socket | null;
  for (const handle of [child.process, child.process.channel, stderr]) {
    if (wanted) handle?.ref();
    else handle?.unref();
  }
}
