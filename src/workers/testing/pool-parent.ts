import { createWorkerPool } from "../worker-pool.ts";

/** A process with a pool: runs as many tasks at once as its second argument says, and never closes it. */
const [port, tasks] = process.argv.slice(2).map(Number);
const pool = createWorkerPool({
  name: "test worker",
  module: new URL("./told-worker.ts", import.meta.url),
  size: tasks ?? 1,
  memoryLimitBytes: 2 ** 30,
  deadlineMs: 60_000,
});
const { signal } = new AbortController();
await Promise.all(Array.from({ length: tasks ?? 1 }, () => pool.run({ port }, { signal })));
