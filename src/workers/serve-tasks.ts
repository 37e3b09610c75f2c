import { Worker } from "node:worker_threads";
import { toAppError } from "../domain/app-error.ts";
import { type FromChild, OVER_MEMORY_MARK, type ToChild, type Usage } from "./task-messages.ts";

const WATCH_INTERVAL_MS = 100;

/**
 * Makes this process a child of a worker pool: answers one task at a time with `handle`, which may
 * hand over parts of what it makes before its result. `cancelled` aborts when nobody waits for the
 * result any more, for tasks that are run with a `cancelGraceMs`. The pool passes its memory limit in
 * bytes and its parent's id as the arguments of the process.
 */
export function serveTasks<Task, Result, Part = never>(
  handle: (
    task: Task,
    handOver: (part: Part) => void,
    cancelled: AbortSignal,
  ) => Result | Promise<Result>,
): void {
  const [memoryLimitBytes = Infinity, parent = process.ppid] = process.argv.slice(2).map(Number);
  watch(memoryLimitBytes, parent);
  process.on("disconnect", () => process.exit(0));
  // Ctrl-C reaches the whole process group; what happens then is the parent's decision.
  process.on("SIGINT", () => {});

  let cpu = process.cpuUsage();
  const usage = (): Usage => {
    const used = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    return {
      cpuMs: (used.user + used.system) / 1000,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    };
  };
  let running = new AbortController();
  process.on("message", async (message: ToChild) => {
    if ("cancel" in message) return running.abort();
    running = new AbortController();
    const handOver = (part: Part) => answer({ type: "part", part });
    try {
      const result = await handle(message.task as Task, handOver, running.signal); // the pool is typed with the same Task
      answer({ type: "done", result, usage: usage() });
    } catch (thrown) {
      const { code, message, retryable } = toAppError(thrown);
      answer({ type: "failed", error: { code, message, retryable }, usage: usage() });
    }
  });
  answer({ type: "ready" });
}

function answer(message: FromChild): void {
  process.send?.(message);
}

/**
 * A thread that ends the process when its parent is gone or its memory passes the limit: native code
 * may hold the main thread for seconds, in which neither a timer nor `disconnect` is served. The parent
 * is told by its id: by the time this process has loaded its modules it may be gone.
 */
function watch(memoryLimitBytes: number, parent: number): void {
  const source = `
    const { writeSync } = require("node:fs");
    setInterval(() => {
      if (process.ppid !== ${parent}) process.kill(process.pid, "SIGKILL");
      if (process.memoryUsage.rss() <= ${Number.isFinite(memoryLimitBytes) ? memoryLimitBytes : "Infinity"}) return;
      writeSync(2, ${JSON.stringify(OVER_MEMORY_MARK)});
      process.kill(process.pid, "SIGKILL");
    }, ${WATCH_INTERVAL_MS});`;
  new Worker(source, { eval: true }).unref();
}
