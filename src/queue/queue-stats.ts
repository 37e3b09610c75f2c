import { type QueryExecutorProvider, sql } from "kysely";
import type { QueueStats } from "../ports/task-queue.ts";
import { isOpen, type LimitState, roomOf } from "./limit-room.ts";

type CountRow = {
  kind: string;
  /** 1 when under work and the lease has not run out. */
  isLeased: number;
  /** 1 when it need not wait any longer. */
  isDue: number;
  tasks: number;
  /** The earliest moment at which one of them was due, ms since 1970. */
  since: number;
  /** Null when there is no such limit. */
  name: string | null;
} & LimitState;

/** Tasks under a limit are all `ready` while one more could begin, and else all `delayed`. */
export async function readStats(db: QueryExecutorProvider, now: number): Promise<QueueStats> {
  const { rows } = await sql<CountRow>`
    with counts as (
      select lane, 0 as "isLeased", 1 as "isDue", count(*) as tasks, min(due_at) as since
      from tasks where state = 'ready' group by lane
      union all
      select lane, state = 'leased' and due_at > ${now}, due_at <= ${now}, count(*), min(due_at)
      from tasks where state <> 'ready' group by 1, 2, 3
    ), leased as (
      select limit_name, count(*) as tasks
      from tasks join task_lanes on task_lanes.id = tasks.lane
      where state = 'leased' group by limit_name
    )
    select task_lanes.kind, counts."isLeased", counts."isDue", counts.tasks, counts.since,
      task_limits.name, concurrency, per_minute as "perMinute", task_limits.tokens,
      filled_at as "filledAt", paused_until as "pausedUntil",
      coalesce(leased.tasks, 0) as leased
    from counts join task_lanes on task_lanes.id = counts.lane
    left join task_limits on task_limits.name = task_lanes.limit_name
    left join leased on leased.limit_name = task_lanes.limit_name`.execute(db);
  const dead = await sql<{ count: number }>`select count(*) as count from dead_tasks`.execute(db);
  const stats: QueueStats = {
    ready: {},
    delayed: {},
    leased: {},
    lagMs: 0,
    dead: dead.rows[0]?.count ?? 0,
  };
  for (const row of rows) {
    const counts = row.isLeased ? stats.leased : isReady(row, now) ? stats.ready : stats.delayed;
    counts[row.kind] = (counts[row.kind] ?? 0) + row.tasks;
    if (counts === stats.ready) stats.lagMs = Math.max(stats.lagMs, now - row.since);
  }
  return stats;
}

function isReady(row: CountRow, now: number): boolean {
  return row.isDue === 1 && (row.name === null || isOpen(roomOf(row, now)));
}
