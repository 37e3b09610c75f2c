import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";

/**
 * Tables of the embedded queue.
 *
 * `tasks`: all that wait or are under work. `state` is `ready`, `delayed` or `leased`, and `due_at`
 * (ms since 1970) since when a ready task could begin, until when a delayed one waits, when a lease
 * ends. A cancelled task under work leaves its key to others.
 *
 * `task_lanes`: tasks of one kind, limit and priority stand in one lane, where the groups take turns:
 * see `turn` in insert-tasks.ts. `served` orders lanes by when they were last claimed from.
 *
 * `task_limits`: `tokens` is what is left of `per_minute` at `filled_at`; null while it is full.
 */
const MIGRATIONS: Record<string, Migration> = {
  "001-tasks": {
    async up(db) {
      for (const statement of [
        sql`
          create table task_lanes (
            id integer primary key,
            kind text not null,
            limit_name text not null,
            priority real not null,
            turn integer not null default 0,
            served integer not null default 0,
            unique (kind, limit_name, priority)
          )`,
        sql`
          create table task_limits (
            name text primary key,
            concurrency integer,
            per_minute real,
            tokens real,
            filled_at integer not null default 0,
            paused_until integer not null default 0
          )`,
        sql`
          create table tasks (
            id integer primary key autoincrement,
            lane integer not null,
            turn integer not null,
            kind text not null,
            key text not null,
            task_group text not null,
            payload text not null,
            cost real not null,
            state text not null,
            due_at integer not null,
            owner text,
            token text,
            cancelled integer not null default 0,
            attempts integer not null default 0,
            losses integer not null default 0
          )`,
        // Holds all that a claim and the figures need, so neither reads the table to find tasks.
        sql`create index tasks_ready on tasks (lane, turn, id, due_at) where state = 'ready'`,
        sql`create index tasks_due on tasks (state, due_at, lane) where state <> 'ready'`,
        sql`create index tasks_group on tasks (task_group, lane, turn)`,
        sql`create unique index tasks_key on tasks (key) where cancelled = 0`,
        sql`
          create table dead_tasks (
            id integer primary key autoincrement,
            kind text not null,
            key text not null,
            task_group text not null,
            payload text not null,
            attempts integer not null,
            losses integer not null,
            reason text not null,
            buried_at integer not null
          )`,
      ]) {
        await statement.execute(db);
      }
    },
  },
};

/** Makes or updates the queue's tables. Several processes may do so at a time. */
export async function migrateQueue<Schema>(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => MIGRATIONS },
    migrationTableName: "queue_migrations",
    migrationLockTableName: "queue_migrations_lock",
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
