import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { openDatabase } from "../../src/database/open-database.ts";
import type { Logger } from "../../src/ports/logger.ts";
import type { NewTask, TaskQueue } from "../../src/ports/task-queue.ts";
import { migrateQueue } from "../../src/queue/queue-tables.ts";
import { createSqliteQueue } from "../../src/queue/sqlite-queue.ts";
import { createTaskWorker } from "../../src/queue/task-worker.ts";
import { doneResult, newJob, newRecipients } from "../../test/support/made-up-jobs.ts";

export type QueueFigures = {
  rows: number;
  chunkRows: number;
  /** Of a job whose rows take no time: claimed, settled, counted and told in chunks. */
  rowsPerSecond: number;
  /** Noting the job's rows. */
  addedPerSecond: number;
  /** Tasks claimed and completed, one by one and by so many a claim. */
  tasks: number;
  onePerSecond: number;
  claimCount: number;
  chunkedPerSecond: number;
};

/** The largest there is: rows without work are as quick as can be. */
const CHUNK_ROWS = 200;
const ROWS_AT_ONCE = 5000;
const CLAIM_COUNT = 10;
const JOB = "drained";
const WORKER = { owner: "bench", leaseMs: 30_000 };
const SECOND_MS = 1000;

/** The queue and the job store on a real file, without any work between. */
export async function measureQueue(request: {
  folder: string;
  rows: number;
  tasks: number;
}): Promise<QueueFigures> {
  const { folder, rows, tasks } = request;
  await mkdir(folder, { recursive: true });
  const database = await openDatabase({ file: path.join(folder, "bench.sqlite"), clock: Date.now });
  try {
    await migrateQueue(database.db);
    const queue = createSqliteQueue({ db: database.db, clock: Date.now });
    const addMs = await timed(() => addRows(database.jobs, rows));
    const drainMs = await timed(() => drain(database.jobs, queue));
    await queue.enqueue(noTasks(tasks, "one"));
    const oneMs = await timed(() => workOff(queue, tasks, 1));
    await queue.enqueue(noTasks(tasks, "ten"));
    const chunkedMs = await timed(() => workOff(queue, tasks, CLAIM_COUNT));
    return {
      rows,
      chunkRows: CHUNK_ROWS,
      rowsPerSecond: (rows / drainMs) * SECOND_MS,
      addedPerSecond: (rows / addMs) * SECOND_MS,
      tasks,
      onePerSecond: (tasks / oneMs) * SECOND_MS,
      claimCount: CLAIM_COUNT,
      chunkedPerSecond: (tasks / chunkedMs) * SECOND_MS,
    };
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

type Jobs = Awaited<ReturnType<typeof openDatabase>>["jobs"];

async function addRows(jobs: Jobs, rows: number): Promise<void> {
  await jobs.create(newJob(JOB));
  for (let first = 0; first < rows; first += ROWS_AT_ONCE) {
    await jobs.addRecipients(JOB, newRecipients(Math.min(ROWS_AT_ONCE, rows - first), 2 + first));
  }
}

/** As a worker process does it, but for the media. */
async function drain(jobs: Jobs, queue: TaskQueue): Promise<void> {
  const job = await jobs.begin(JOB, 1);
  if (!job) throw new Error("the job did not begin");
  const chunks = await jobs.chunks(JOB, CHUNK_ROWS);
  const last = Promise.withResolvers<void>();
  let settled = 0;
  const worker = createTaskWorker({
    queue,
    concurrency: 2,
    ...WORKER,
    clock: Date.now,
    logger: silent,
    handlers: {
      render: {
        async run({ payload, token }) {
          const { first, last } = payload as { first: number; last: number }; // as enqueued below
          const rows = await jobs.claimRows(JOB, { round: 1, first, last, token });
          const results = rows.map(({ row }) => doneResult(row));
          await jobs.settleRows(JOB, { round: 1, token, results });
        },
      },
    },
    onSettled: ({ outcome }) => {
      if (outcome !== "done") last.reject(new Error(`a chunk was ${outcome}`));
      if (++settled === chunks.length) last.resolve();
    },
  });
  await queue.enqueue(
    chunks.map(({ first, last }) => ({
      kind: "render",
      key: `render:${first}`,
      group: JOB,
      payload: { first, last },
    })),
  );
  worker.start();
  await last.promise;
  await worker.drain({ graceMs: 0 });
  const { progress } = (await jobs.find(null, JOB)) ?? job;
  if (progress.done !== progress.total) throw new Error(`only ${progress.done} rows were done`);
}

async function workOff(queue: TaskQueue, tasks: number, count: number): Promise<void> {
  let completed = 0;
  while (completed < tasks) {
    const leased = await queue.claim({ kinds: ["nothing"], count, ...WORKER });
    if (leased.length === 0) throw new Error(`the queue was empty after ${completed} tasks`);
    for (const task of leased) if (await queue.complete(task)) completed++;
  }
}

function noTasks(count: number, name: string): NewTask[] {
  return Array.from({ length: count }, (_, i) => ({
    kind: "nothing",
    key: `${name} ${i}`,
    group: "bench",
    payload: {},
  }));
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
