import { type QueryExecutorProvider, sql } from "kysely";
import type { LeasedTask } from "../ports/task-queue.ts";
import { fitting, type LimitState, type Room, roomOf } from "./limit-room.ts";

type ClaimRequest = {
  kinds: readonly string[];
  count: number;
  owner: string;
  /** When the leases end, ms since 1970. */
  leasedUntil: number;
  /** Differs for every claim. */
  token: string;
  now: number;
};

/** A lane in which something is ready. */
type Lane = {
  id: number;
  priority: number;
  limit: string;
  /** The turn that it has reached: as stored, and with this claim. */
  turn: number;
  reached: number;
  /** Null without a limit. Lanes under one limit share it. */
  room: Room | null;
};

/**
 * Leases tasks that are ready: of the highest priority first, there from the lanes in turn, in a lane
 * by turn and age. To be called in a transaction.
 */
export async function claimTasks(
  db: QueryExecutorProvider,
  request: ClaimRequest,
): Promise<LeasedTask[]> {
  const lanes = await lanesWithWork(db, request);
  const claimed: LeasedTask[] = [];
  const served = new Set<Lane>();
  for (const priority of new Set(lanes.map((lane) => lane.priority))) {
    let level = lanes.filter((lane) => lane.priority === priority);
    while (level.length > 0 && claimed.length < request.count) {
      const share = Math.ceil((request.count - claimed.length) / level.length);
      const withMore: Lane[] = [];
      for (const lane of level) {
        const count = Math.min(share, request.count - claimed.length);
        const taken = await claimInLane(db, lane, { ...request, count });
        if (taken.length > 0) served.add(lane);
        claimed.push(...taken);
        if (taken.length === share) withMore.push(lane);
      }
      level = withMore;
    }
  }
  for (const lane of served) await noteServed(db, lane, lanes.length > 1);
  return claimed;
}

type LaneRow = Pick<Lane, "id" | "priority" | "turn"> & {
  limitName: string;
  /** Null when there is no such limit. */
  name: string | null;
} & LimitState;

async function lanesWithWork(
  db: QueryExecutorProvider,
  { kinds, now }: ClaimRequest,
): Promise<Lane[]> {
  const { rows } = await sql<LaneRow>`
    select lane.id, lane.priority, lane.turn, lane.limit_name as "limitName", task_limits.name, concurrency,
      per_minute as "perMinute", tokens, filled_at as "filledAt", paused_until as "pausedUntil",
      iif(concurrency is null, 0, (
        select count(*) from tasks join task_lanes as other on other.id = tasks.lane
        where tasks.state <> 'ready' and tasks.state = 'leased'
          and other.limit_name = lane.limit_name
      )) as leased
    from task_lanes as lane left join task_limits on task_limits.name = lane.limit_name
    where lane.kind in (select value from json_each(${JSON.stringify(kinds)}))
      and exists (select 1 from tasks where tasks.lane = lane.id and tasks.state = 'ready')
    order by lane.priority desc, lane.served, lane.id`.execute(db);
  const rooms = new Map<string, Room>();
  return rows.map(({ id, priority, turn, limitName, name, ...limit }) => {
    const lane = { id, priority, turn, reached: turn, limit: limitName };
    if (name === null) return { ...lane, room: null };
    const room = rooms.get(name) ?? roomOf(limit, now);
    rooms.set(name, room);
    return { ...lane, room };
  });
}

async function claimInLane(
  db: QueryExecutorProvider,
  lane: Lane,
  request: ClaimRequest,
): Promise<LeasedTask[]> {
  const { room } = lane;
  if (room === null) return lease(db, lane, request);
  const costs = await nextCosts(db, lane.id, Math.min(request.count, room.tasks));
  const count = fitting(costs, room);
  room.tasks -= count;
  for (const cost of costs.slice(0, count)) room.tokens -= cost;
  // What comes next waits for its tokens; cheaper tasks of other lanes must not use them up.
  if (count < costs.length) room.tasks = 0;
  if (count > 0 && Number.isFinite(room.tokens)) {
    await sql`
      update task_limits set tokens = ${room.tokens}, filled_at = ${request.now}
      where name = ${lane.limit}`.execute(db);
  }
  return lease(db, lane, { ...request, count });
}

async function nextCosts(
  db: QueryExecutorProvider,
  lane: number,
  count: number,
): Promise<number[]> {
  if (count === 0) return [];
  const { rows } = await sql<{ cost: number }>`
    select cost from tasks where lane = ${lane} and state = 'ready'
    order by turn, id limit ${count}`.execute(db);
  return rows.map(({ cost }) => cost);
}

type TaskRow = Omit<LeasedTask, "id" | "payload"> & { id: number; turn: number; payload: string };

async function lease(
  db: QueryExecutorProvider,
  lane: Lane,
  { count, owner, leasedUntil, token }: ClaimRequest,
): Promise<LeasedTask[]> {
  if (count === 0) return [];
  const { rows } = await sql<TaskRow>`
    update tasks set state = 'leased', owner = ${owner}, token = ${token} || '-' || id,
      due_at = ${leasedUntil}
    where id in (
      select id from tasks where lane = ${lane.id} and state = 'ready'
      order by turn, id limit ${count}
    )
    returning id, turn, kind, key, task_group as "group", payload, token, attempts, losses`.execute(
    db,
  );
  // What RETURNING gives has no order.
  rows.sort((a, b) => a.turn - b.turn || a.id - b.id);
  lane.reached = Math.max(lane.reached, rows.at(-1)?.turn ?? 0);
  return rows.map(({ id, turn: _, payload, ...task }) => ({
    ...task,
    id: String(id),
    payload: JSON.parse(payload),
  }));
}

/** Saves the write where it would say nothing new: claims are to be quick. */
async function noteServed(
  db: QueryExecutorProvider,
  { id, turn, reached }: Lane,
  hasOthers: boolean,
): Promise<void> {
  if (reached === turn && !hasOthers) return;
  await sql`
    update task_lanes set turn = ${reached}, served = (select max(served) from task_lanes) + 1
    where id = ${id}`.execute(db);
}
