import { createWorkerPool } from "../worker-pool.ts";

/**
 * A process with a pool of children that run the module of its third argument: runs as many tasks at
 * once as its second argument says, and never closes it.
 */
const [port, count, worker = "told-worker.ts"] = process.argv.slice(2);
const tasks = Number(count ?? 1);
const pool = createWorkerPool({
  name: "test worker",
  module: new URL(worker, import.meta.url),
  size: tasks,
  memoryLimitBytes: 2 ** 30,
  deadlineMs: 60_000,
});
const { signal } = new AbortController();
const task = { port: Number(port) };
await Promise.all(Array.from({ length: tasks }, () => pool.run(task, { signal })));
