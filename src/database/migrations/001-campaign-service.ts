import { type Kysely, sql } from "kysely";

/**
 * Jobs, their rows and events, webhooks and their outbox, API keys, base templates, counters.
 * Only what SQLite and PostgreSQL read alike.
 */
export async function createCampaignTables<Schema>(db: Kysely<Schema>): Promise<void> {
  for (const statement of STATEMENTS) await statement.execute(db);
}

const STATEMENTS = [
  sql`create table jobs (
    id text not null primary key,
    tenant text not null,
    state text not null,
    created_at bigint not null,
    updated_at bigint not null,
    error_code text,
    error_message text,
    total integer not null,
    done integer not null,
    failed integer not null,
    skipped integer not null,
    warnings text not null,
    base_key text,
    base_hash text not null,
    base_name text not null,
    base_template_id text,
    sheet text not null,
    options text not null,
    plan text,
    template_id text,
    keeps text not null,
    input_kept integer not null,
    round integer not null,
    last_event bigint not null
  )`,
  sql`create index jobs_by_age on jobs (tenant, created_at, id)`,
  sql`create index jobs_by_state_and_age on jobs (tenant, state, created_at, id)`,
  sql`create index jobs_by_change on jobs (state, updated_at)`,
  sql`create index jobs_by_input on jobs (input_kept, state, updated_at)`,
  sql`create index jobs_by_template on jobs (template_id, keeps, state)`,

  sql`create table recipients (
    job_id text not null references jobs (id) on delete cascade,
    "row" bigint not null,
    name text not null,
    file text not null,
    spoken_text text not null,
    state text not null,
    reason text not null,
    fence text,
    size_bytes bigint,
    crc32 bigint,
    object_key text,
    pack_offset bigint,
    pack_length bigint,
    figures text,
    updated_at bigint not null,
    primary key (job_id, "row")
  )`,
  sql`create index recipients_by_state on recipients (job_id, state, "row")`,

  sql`create table job_events (
    job_id text not null references jobs (id) on delete cascade,
    seq bigint not null,
    at bigint not null,
    type text not null,
    data text not null,
    primary key (job_id, seq)
  )`,

  sql`create table consents (
    job_id text not null primary key references jobs (id) on delete cascade,
    sample text not null,
    hash text not null,
    kind text not null,
    speaker text,
    scope text,
    key_id text,
    at bigint not null
  )`,

  // No reference to the job: its key is noted first, so that of two requests one waits for the other.
  sql`create table idempotency_keys (
    tenant text not null,
    "key" text not null,
    job_id text not null,
    fingerprint text not null,
    created_at bigint not null,
    primary key (tenant, "key")
  )`,
  sql`create index idempotency_keys_by_age on idempotency_keys (created_at)`,
  sql`create index idempotency_keys_by_job on idempotency_keys (job_id)`,

  sql`create table webhooks (
    id text not null primary key,
    tenant text not null,
    url text not null,
    events text not null,
    sealed_secret text not null,
    created_at bigint not null
  )`,
  sql`create index webhooks_by_age on webhooks (tenant, created_at, id)`,

  sql`create table deliveries (
    id text not null primary key,
    webhook_id text not null references webhooks (id) on delete cascade,
    job_id text not null references jobs (id) on delete cascade,
    seq bigint not null,
    event text not null,
    body text not null,
    state text not null,
    attempts integer not null,
    last_status integer,
    last_error text,
    created_at bigint not null,
    updated_at bigint not null
  )`,
  sql`create index deliveries_by_age on deliveries (webhook_id, created_at, seq, id)`,
  sql`create index deliveries_by_state on deliveries (state, created_at, seq, id)`,
  sql`create index deliveries_by_job on deliveries (job_id)`,

  sql`create table api_keys (
    id text not null primary key,
    tenant text not null,
    name text not null,
    scopes text not null,
    hash text not null unique,
    prefix text not null,
    created_at bigint not null,
    last_used_at bigint
  )`,

  sql`create table bases (
    id text not null primary key,
    tenant text not null,
    state text not null,
    error_code text,
    error_message text,
    name text not null,
    object_key text not null,
    hash text not null,
    size_bytes bigint not null,
    options text not null,
    plan text,
    template_id text,
    created_at bigint not null,
    updated_at bigint not null
  )`,
  sql`create index bases_by_age on bases (tenant, created_at, id)`,
  sql`create index bases_by_state on bases (state, created_at)`,

  sql`create table metrics (
    name text not null,
    labels text not null,
    value double precision not null,
    primary key (name, labels)
  )`,
];
