import { type QueryExecutorProvider, sql } from "kysely";

/** A task whose lease was lost more often is buried: it may be what kills its workers. */
const MAX_LOSSES = 100;
const KEPT_DEAD_TASKS = 1000;

type Ended = { id: number; cancelled: number; losses: number };

/**
 * Makes ready what has waited until `now`, and what was leased until then: those leases are lost.
 * Every claim begins with it, so it takes no longer than a look at an index when there is none.
 */
export async function endDue(db: QueryExecutorProvider, now: number): Promise<void> {
  const { rows } = await sql<Ended>`
    update tasks
    set losses = losses + (state = 'leased'), state = 'ready', owner = null, token = null
    where state <> 'ready' and state in ('delayed', 'leased') and due_at <= ${now}
    returning id, cancelled, losses`.execute(db);
  await forgetOrBury(db, rows, now);
}

/** Takes back what these owners hold. @returns how many leases they lost. */
export async function endLeasesOf(
  db: QueryExecutorProvider,
  owners: readonly string[],
  now: number,
): Promise<number> {
  const { rows } = await sql<Ended>`
    update tasks
    set losses = losses + 1, state = 'ready', owner = null, token = null, due_at = ${now}
    where state = 'leased' and owner in (select value from json_each(${JSON.stringify(owners)}))
    returning id, cancelled, losses`.execute(db);
  await forgetOrBury(db, rows, now);
  return rows.length;
}

async function forgetOrBury(
  db: QueryExecutorProvider,
  ended: readonly Ended[],
  now: number,
): Promise<void> {
  for (const { id, cancelled, losses } of ended) {
    if (!cancelled && losses <= MAX_LOSSES) continue;
    await buryTask(db, { id, now, reason: `its workers died or hung ${losses} times` });
  }
}

/** Moves a task to the dead ones, or forgets it when it was cancelled. */
export async function buryTask(
  db: QueryExecutorProvider,
  { id, reason, now }: { id: number; reason: string; now: number },
): Promise<void> {
  await sql`
    insert into dead_tasks
      (kind, key, task_group, payload, attempts, losses, reason, buried_at)
    select kind, key, task_group, payload, attempts, losses, ${reason}, ${now}
    from tasks where id = ${id} and cancelled = 0`.execute(db);
  await sql`delete from tasks where id = ${id}`.execute(db);
  await sql`
    delete from dead_tasks
    where id <= (select max(id) from dead_tasks) - ${KEPT_DEAD_TASKS}`.execute(db);
}
