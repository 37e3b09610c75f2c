import { serveTasks } from "../serve-tasks.ts";
import { createWorkerPool } from "../worker-pool.ts";
import { obey } from "./obey.ts";
import type { ToldTask } from "./teller.ts";

/** A child that has a child of its own: each of them calls the test. */
serveTasks((task: ToldTask) => {
  const pool = createWorkerPool<ToldTask, unknown>({
    name: "inner worker",
    module: new URL("./told-worker.ts", import.meta.url),
    size: 1,
    memoryLimitBytes: 2 ** 30,
    deadlineMs: 60_000,
  });
  void pool.run(task, { signal: new AbortController().signal });
  return obey(task);
});
