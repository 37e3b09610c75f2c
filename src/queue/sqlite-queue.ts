import { randomBytes } from "node:crypto";
import { type Kysely, type QueryExecutorProvider, sql, type Transaction } from "kysely";
import type { Clock } from "../ports/clock.ts";
import type { LeasedTask, TaskQueue } from "../ports/task-queue.ts";
import { claimTasks } from "./claim-tasks.ts";
import { buryTask, endDue, endLeasesOf } from "./end-leases.ts";
import { insertTasks } from "./insert-tasks.ts";
import { readStats } from "./queue-stats.ts";

/** Which row a lease is of; none once the task is another's. */
const leaseOf = ({ id, token }: LeasedTask) =>
  sql`id = ${Number(id)} and token = ${token} and state = 'leased'`;

/**
 * A queue in an SQLite file, for any number of processes of one machine. `migrateQueue` makes its
 * tables. Every call is one transaction.
 *
 * A lease that has run out is lost no sooner than the next claim of any process: until then whoever
 * holds it can still renew or end it. A task that enqueues its own key while it runs adds nothing.
 * A cancelled task is forgotten as soon as its lease ends, however it ends, and leaves its key to
 * others at once.
 * @param options.newToken A text that differs at every call.
 */
export function createSqliteQueue<Schema>({
  db,
  clock,
  newToken = () => randomBytes(12).toString("hex"),
}: {
  db: Kysely<Schema>;
  clock: Clock;
  newToken?: () => string;
}): TaskQueue {
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const inTransaction = <T>(work: (transaction: Transaction<Schema>) => Promise<T>): Promise<T> =>
    db.transaction().execute(work);

  return {
    async enqueue(tasks) {
      if (tasks.length === 0) return;
      await inTransaction((transaction) => insertTasks(transaction, tasks, clock()));
      tell();
    },

    async claim({ kinds, count, owner, leaseMs }) {
      if (count < 1 || kinds.length === 0) return [];
      return inTransaction(async (transaction) => {
        const now = clock();
        const leasedUntil = now + leaseMs;
        await endDue(transaction, now);
        const request = { kinds, count, owner, leasedUntil, token: newToken(), now };
        return claimTasks(transaction, request);
      });
    },

    async renew(task, leaseMs) {
      const { rows } = await sql<{ cancelled: number }>`
        update tasks set due_at = ${clock() + leaseMs} where ${leaseOf(task)}
        returning cancelled`.execute(db);
      if (rows[0] === undefined) return "lost";
      return rows[0].cancelled ? "cancelled" : "held";
    },

    async complete(task) {
      const { numAffectedRows } = await sql`delete from tasks where ${leaseOf(task)}`.execute(db);
      return numAffectedRows === 1n;
    },

    async release(task, { notBefore, counts }) {
      const isHeld = await inTransaction(async (transaction) => {
        const now = clock();
        const { rows } = await sql<{ id: number; cancelled: number }>`
          update tasks set state = ${notBefore > now ? "delayed" : "ready"},
            due_at = ${Math.max(now, notBefore)}, attempts = attempts + ${counts ? 1 : 0},
            owner = null, token = null
          where ${leaseOf(task)}
          returning id, cancelled`.execute(transaction);
        for (const { id, cancelled } of rows) {
          if (cancelled) await sql`delete from tasks where id = ${id}`.execute(transaction);
        }
        return rows.length === 1;
      });
      if (isHeld) tell();
      return isHeld;
    },

    bury: (task, reason) =>
      inTransaction(async (transaction) => {
        const { rows } = await sql<{ id: number }>`
          update tasks set attempts = attempts + 1 where ${leaseOf(task)}
          returning id`.execute(transaction);
        const [held] = rows;
        if (held) await buryTask(transaction, { id: held.id, reason, now: clock() });
        return held !== undefined;
      }),

    async cancel(group) {
      await inTransaction(async (transaction) => {
        await sql`
          delete from tasks where task_group = ${group} and state <> 'leased'`.execute(transaction);
        await sql`update tasks set cancelled = 1 where task_group = ${group}`.execute(transaction);
      });
    },

    async holds(group) {
      const { rows } = await sql<{ held: number }>`
        select exists (select 1 from tasks where task_group = ${group}) as held`.execute(db);
      return rows[0]?.held === 1;
    },

    reclaim: (isAlive) =>
      inTransaction(async (transaction) => {
        const { rows } = await sql<{ owner: string }>`
          select distinct owner from tasks where state = 'leased'`.execute(transaction);
        const dead = rows.map(({ owner }) => owner).filter((owner) => !isAlive(owner));
        await removeUnused(transaction, clock());
        return dead.length === 0 ? 0 : endLeasesOf(transaction, dead, clock());
      }),

    async setLimit(name, { concurrency = null, perMinute = null }) {
      await sql`
        insert into task_limits (name, concurrency, per_minute)
        values (${name}, ${concurrency}, ${perMinute})
        on conflict do update
        set concurrency = excluded.concurrency, per_minute = excluded.per_minute`.execute(db);
    },

    async pause(limit, until) {
      await sql`
        insert into task_limits (name, paused_until) values (${limit}, ${until})
        on conflict do update
        set paused_until = max(paused_until, excluded.paused_until)`.execute(db);
    },

    stats: () => readStats(db, clock()),

    onEnqueued(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** Every claim looks at every lane; names of limits may come and go, such as one per provider key. */
async function removeUnused(transaction: QueryExecutorProvider, now: number): Promise<void> {
  await sql`
    delete from task_lanes where id not in (select lane from tasks)`.execute(transaction);
  await sql`
    delete from task_limits
    where concurrency is null and per_minute is null and paused_until <= ${now}`.execute(
    transaction,
  );
}
