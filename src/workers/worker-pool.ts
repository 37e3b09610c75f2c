import { type ChildProcess, fork } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { AppError } from "../domain/app-error.ts";
import { type CauseOfDeath, createQuarantine } from "./quarantine.ts";
import { type FromChild, OVER_MEMORY_MARK, type ToChild } from "./task-messages.ts";

const ATTEMPTS = 2;
/** A young generation that stays small: what a task leaves behind is collected, not hoarded. */
const CHILD_FLAGS = ["--max-semi-space-size=2"];
const STDERR_KEPT = 2000;
const DEFAULT_START_DEADLINE_MS = 30_000;
const DEFAULT_QUARANTINE_MS = 3600_000;
/** Keys in quarantine at a time: it must not grow with what strangers send. */
const MAX_QUARANTINED = 1000;

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
  /** How long what ended its child twice is refused; 1 h when left out. */
  quarantineMs?: number;
  /** Milliseconds since any moment, for the quarantine. */
  clock?: () => number;
};

export type RunOptions = {
  signal: AbortSignal;
  /** For one try in a child. */
  deadlineMs?: number;
  /** For everything: the wait for a free child and both tries. */
  overallDeadlineMs?: number;
  /** Higher goes first, 0 when left out; tasks of one priority go in their order. */
  priority?: number;
  /** What is to blame if the task ends its child twice, such as an input's hash; it is then refused for a while. */
  quarantineKey?: string;
  /** What messages call it; the quarantine's key when left out. */
  subject?: string;
  /**
   * How long a child may take to end a task by itself that is aborted, so that it keeps what it has
   * loaded; 0 when left out: the child is ended at once. The caller never waits for it.
   */
  cancelGraceMs?: number;
  /** Takes what the child hands over before its result; a second try hands it over again from the start. */
  onPart?: (part: unknown) => void;
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
   * the second try; WORKER_TIMEOUT when the overall deadline has passed, CANCELLED when `signal`
   * aborts (the child is then ended, or given the time of `cancelGraceMs` to end the task).
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
  /** Of the overall deadline. */
  timer: NodeJS.Timeout | null;
  /** Nobody waits for it any more. */
  settled: boolean;
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
  const quarantine = createQuarantine({
    durationMs: options.quarantineMs ?? DEFAULT_QUARANTINE_MS,
    capacity: MAX_QUARANTINED,
    clock: options.clock ?? Date.now,
  });
  const stats: WorkerPoolStats = { tasks: 0, deaths: 0, cpuMs: 0, peakRssBytes: 0 };
  const startDeadlineMs = options.startDeadlineMs ?? DEFAULT_START_DEADLINE_MS;
  let closed = false;

  function start(): Child {
    const limits = [options.memoryLimitBytes, process.pid].map(String);
    const process_ = fork(fileURLToPath(options.module), limits, {
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

  /** A task on its second try goes before those of its priority that have not begun. */
  function enqueue(job: Job): void {
    const goesAfter = (waiting: Job) =>
      job.attempts > 0
        ? priorityOf(waiting) > priorityOf(job)
        : priorityOf(waiting) >= priorityOf(job);
    queue.splice(queue.findLastIndex(goesAfter) + 1, 0, job);
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

  function limit(child: Child, reason: "start" | "deadline" | "abort", milliseconds: number): void {
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
    if (message.type === "part") {
      if (!child.job?.settled) child.job?.options.onPart?.(message.part);
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
    if (job && !wanted && !job.settled) {
      job.attempts += 1;
      if (job.attempts < ATTEMPTS) enqueue(job);
      else giveUp(job, child);
    }
    dispatch();
  }

  function giveUp(job: Job, child: Child): void {
    const { quarantineKey, deadlineMs } = job.options;
    const cause = causeOfDeath(child, deadlineMs ?? options.deadlineMs);
    if (quarantineKey) quarantine.add(quarantineKey, cause);
    settle(job, () => job.reject(refusal(cause, job.options)));
  }

  function refusal({ code, reason }: CauseOfDeath, runOptions: RunOptions): AppError {
    return new AppError(code, `the ${options.name} ${reason}${onSubject(runOptions)}, twice`);
  }

  function causeOfDeath(child: Child, deadlineMs: number): CauseOfDeath {
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
    keepAlive(child, child.endedFor === "close"); // who closes the pool waits for its death
    return job;
  }

  function settle(job: Job | null, outcome: () => void): void {
    job?.options.signal.removeEventListener("abort", job.onAbort);
    if (job?.timer) clearTimeout(job.timer);
    if (job) job.settled = true;
    outcome();
  }

  function end(child: Child, reason: NonNullable<Child["endedFor"]>): void {
    child.endedFor = reason;
    child.process.kill("SIGKILL");
  }

  function abort(job: Job, error = new AppError("CANCELLED", "cancelled")): void {
    const waiting = queue.indexOf(job);
    if (waiting >= 0) queue.splice(waiting, 1);
    for (const child of children) if (child.job === job) stop(child, job.options);
    settle(job, () => job.reject(error));
  }

  function stop(child: Child, { cancelGraceMs = 0 }: RunOptions): void {
    if (cancelGraceMs === 0 || !child.ready) {
      end(child, "abort");
      return;
    }
    limit(child, "abort", cancelGraceMs);
    const message: ToChild = { cancel: true };
    child.process.send(message, (error) => {
      if (error) end(child, "abort");
    });
  }

  function abortLate(job: Job, overallDeadlineMs: number): void {
    const seconds = `${overallDeadlineMs / 1000} s`;
    const waits = queue.includes(job);
    const message = waits
      ? `no ${options.name} was free within ${seconds}: try again later`
      : `the ${options.name} took longer than ${seconds}${onSubject(job.options)}`;
    abort(job, new AppError("WORKER_TIMEOUT", message, { retryable: waits }));
  }

  return {
    run(task, runOptions) {
      return new Promise<Result>((resolve, reject) => {
        const { signal, quarantineKey, overallDeadlineMs } = runOptions;
        const cause = quarantineKey === undefined ? undefined : quarantine.causeOf(quarantineKey);
        if (signal.aborted) return reject(new AppError("CANCELLED", "cancelled"));
        if (cause) return reject(refusal(cause, runOptions));
        if (closed) return reject(new AppError("INTERNAL", `the ${options.name} pool is closed`));
        const job: Job = {
          task,
          options: runOptions,
          attempts: 0,
          timer: null,
          settled: false,
          resolve: resolve as (result: unknown) => void, // children answer a Task with a Result
          reject,
          onAbort: () => abort(job),
        };
        signal.addEventListener("abort", job.onAbort, { once: true });
        if (overallDeadlineMs !== undefined) {
          job.timer = setTimeout(() => abortLate(job, overallDeadlineMs), overallDeadlineMs);
        }
        enqueue(job);
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

function priorityOf({ options }: Job): number {
  return options.priority ?? 0;
}

function onSubject({ subject, quarantineKey }: RunOptions): string {
  const name = subject ?? quarantineKey;
  return name === undefined ? "" : ` on ${name}`;
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
  passed.push("NODE_COMPILE_CACHE"); // where Node keeps what it compiled, for a faster start
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
