import { type QueryExecutorProvider, sql } from "kysely";
import type { NewTask } from "../ports/task-queue.ts";

/** `limit_name` of lanes without a limit. */
export const NO_LIMIT = "";

type Lane = { id: number; turn: number };

/**
 * Stores the tasks whose key is neither waiting nor leased, of one key the first.
 *
 * Groups share a lane by turns: a task's turn follows that of its group's last task, or the one that
 * the lane has reached when the group has none. Claims take the lowest turn first: so a group of
 * three tasks is done three turns later, however many tasks another group has waiting.
 */
export async function insertTasks(
  db: QueryExecutorProvider,
  tasks: readonly NewTask[],
  now: number,
): Promise<void> {
  const known = await knownKeys(db, tasks);
  const fresh = new Map<string, NewTask>();
  for (const task of tasks) {
    if (!known.has(task.key) && !fresh.has(task.key)) fresh.set(task.key, task);
  }
  if (fresh.size === 0) return;
  const lanes = new Map<string, Lane>();
  const turns = new Map<string, number>();
  const rows: unknown[][] = [];
  for (const task of fresh.values()) {
    const laneName = JSON.stringify([task.kind, task.limit, task.priority]);
    const lane = lanes.get(laneName) ?? (await laneOf(db, task));
    lanes.set(laneName, lane);
    const groupInLane = `${lane.id} ${task.group}`;
    const turn = turns.get(groupInLane) ?? (await nextTurn(db, lane, task.group));
    turns.set(groupInLane, turn + 1);
    const dueAt = Math.max(now, task.notBefore ?? now);
    const state = dueAt > now ? "delayed" : "ready";
    const payload = JSON.stringify(task.payload);
    const { kind, key, group, cost = 1 } = task;
    rows.push([lane.id, turn, kind, key, group, payload, cost, state, dueAt]);
  }
  // One statement with one parameter, however many rows: no limit of parameters, compiled once.
  await sql`
    insert into tasks (lane, turn, kind, key, task_group, payload, cost, state, due_at)
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
      value ->> 6, value ->> 7, value ->> 8
    from json_each(${JSON.stringify(rows)})
    order by key`.execute(db);
}

async function knownKeys(
  db: QueryExecutorProvider,
  tasks: readonly NewTask[],
): Promise<Set<string>> {
  const keys = JSON.stringify(tasks.map(({ key }) => key));
  const { rows } = await sql<{ key: string }>`
    select tasks.key from json_each(${keys}) as wanted
    join tasks on tasks.key = wanted.value and tasks.cancelled = 0`.execute(db);
  return new Set(rows.map(({ key }) => key));
}

async function laneOf(
  db: QueryExecutorProvider,
  { kind, limit = NO_LIMIT, priority = 0 }: NewTask,
): Promise<Lane> {
  const { rows } = await sql<Lane>`
    insert into task_lanes (kind, limit_name, priority) values (${kind}, ${limit}, ${priority})
    on conflict do update set kind = excluded.kind
    returning id, turn`.execute(db);
  const [lane] = rows;
  if (!lane) throw new Error(`the lane of ${kind} was neither found nor made`);
  return lane;
}

async function nextTurn(db: QueryExecutorProvider, lane: Lane, group: string): Promise<number> {
  const { rows } = await sql<{ last: number | null }>`
    select max(turn) as last from tasks where task_group = ${group} and lane = ${lane.id}`.execute(
    db,
  );
  return Math.max(lane.turn, rows[0]?.last ?? 0) + 1;
}
