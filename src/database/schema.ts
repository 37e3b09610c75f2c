import type { JobEventType, JobState, WebhookEventType } from "../domain/job.ts";
import type { BaseTemplate } from "../ports/base-store.ts";
import type { Consent, RecipientState } from "../ports/job-store.ts";
import type { ApiKey } from "../ports/key-store.ts";
import type { DeliveryState } from "../ports/webhook-store.ts";

/**
 * The tables, in types that SQLite and PostgreSQL share: moments are ms since 1970, `Json` is text.
 * Migrations make them; a change here needs a new one.
 */
export type DatabaseSchema = {
  jobs: JobTable;
  recipients: RecipientTable;
  job_events: JobEventTable;
  consents: ConsentTable;
  idempotency_keys: IdempotencyKeyTable;
  webhooks: WebhookTable;
  deliveries: DeliveryTable;
  api_keys: ApiKeyTable;
  bases: BaseTable;
  metrics: MetricTable;
};

type Json = string;

export type JobTable = {
  id: string;
  tenant: string;
  state: JobState;
  created_at: number;
  updated_at: number;
  error_code: string | null;
  error_message: string | null;
  total: number;
  done: number;
  failed: number;
  skipped: number;
  warnings: Json;
  base_key: string | null;
  base_hash: string;
  base_name: string;
  base_template_id: string | null;
  sheet: string;
  options: Json;
  plan: Json | null;
  /** The compiled template that the plan names. */
  template_id: string | null;
  keeps: "files" | "renditions";
  /** 0 when the uploads were removed. */
  input_kept: 0 | 1;
  round: number;
  last_event: number;
  /** The job's own key for its provider of speech, sealed; null when it has none. */
  sealed_key: string | null;
};

export type RecipientTable = {
  job_id: string;
  row: number;
  name: string;
  /** The name its output is to have, whatever its state; empty when it can have none. */
  file: string;
  spoken_text: string;
  state: RecipientState;
  reason: string;
  /** Token of the claim that holds the row; null unless it is running. */
  fence: string | null;
  size_bytes: number | null;
  crc32: number | null;
  /** Object key of the output, or of the pack that it is a part of. */
  object_key: string | null;
  /** Null for a file of its own. */
  pack_offset: number | null;
  pack_length: number | null;
  /** What the record says besides; null before the row's end. */
  figures: Json | null;
  updated_at: number;
};

export type JobEventTable = {
  job_id: string;
  seq: number;
  at: number;
  type: JobEventType;
  data: Json;
};

export type ConsentTable = {
  job_id: string;
  sample: string;
  hash: string;
  kind: Consent["kind"];
  speaker: string | null;
  scope: string | null;
  key_id: string | null;
  at: number;
};

export type IdempotencyKeyTable = {
  tenant: string;
  key: string;
  job_id: string;
  fingerprint: string;
  created_at: number;
};

export type WebhookTable = {
  id: string;
  tenant: string;
  url: string;
  events: Json;
  sealed_secret: string;
  created_at: number;
};

export type DeliveryTable = {
  id: string;
  webhook_id: string;
  job_id: string;
  /** Number of the event in its job. */
  seq: number;
  event: WebhookEventType;
  body: Json;
  state: DeliveryState;
  attempts: number;
  last_status: number | null;
  last_error: string | null;
  created_at: number;
  updated_at: number;
};

export type ApiKeyTable = {
  id: ApiKey["id"];
  tenant: string;
  name: string;
  scopes: Json;
  hash: string;
  prefix: string;
  created_at: number;
  last_used_at: number | null;
};

export type BaseTable = {
  id: string;
  tenant: string;
  state: BaseTemplate["state"];
  error_code: string | null;
  error_message: string | null;
  name: string;
  object_key: string;
  hash: string;
  size_bytes: number;
  options: Json;
  plan: Json | null;
  /** The compiled template that the plan names. */
  template_id: string | null;
  created_at: number;
  updated_at: number;
};

export type MetricTable = { name: string; labels: Json; value: number };
