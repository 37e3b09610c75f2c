import { sql } from "kysely";
import { openSqlite } from "../../database/open-sqlite.ts";
import { isOwnerAlive, ownerName } from "../../workers/process-identity.ts";
import { migrateQueue } from "../queue-tables.ts";
import type { Outcome } from "../settle-task.ts";
import { createSqliteQueue } from "../sqlite-queue.ts";
import { createTaskWorker } from "../task-worker.ts";

/** What a worker process tells the test. */
export type FromWorker =
  | { type: "ready" }
  | { type: "began"; key: string }
  | { type: "settled"; key: string; outcome: Outcome };

const [file = "", concurrency, leaseMs, held] = process.argv.slice(2);

/**
 * A process that works on the queue in `file` until it is killed: it notes every task in the table
 * `effects` before the queue is told. Told "hold", tasks end only when the test sends their key.
 */
const db = openSqlite<object>({ file });
await migrateQueue(db);
await sql`create table if not exists effects (key text not null)`.execute(db);
const queue = createSqliteQueue({ db, clock: Date.now });
await queue.reclaim(isOwnerAlive);

const tell = (message: FromWorker): void => {
  process.send?.(message);
};
const log = (context: Record<string, unknown>, message: string): void => {
  console.error(message, context);
};
const worker = createTaskWorker({
  queue,
  concurrency: Number(concurrency),
  leaseMs: Number(leaseMs),
  pollMs: 20,
  owner: ownerName(),
  clock: Date.now,
  logger: { debug: log, info: log, warn: () => {}, error: log },
  handlers: {
    render: {
      async run({ key }) {
        tell({ type: "began", key });
        if (held === "hold") await released(key);
        await sql`insert into effects values (${key})`.execute(db);
      },
    },
  },
  onSettled: ({ task: { key }, outcome }) => tell({ type: "settled", key, outcome }),
});
worker.start();
tell({ type: "ready" });

function released(key: string): Promise<void> {
  return new Promise((resolve) => {
    process.on("message", (message) => {
      if (message === key) resolve();
    });
  });
}
