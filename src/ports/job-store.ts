import type { Caller } from "../domain/caller.ts";
import type {
  BaseReference,
  Job,
  JobError,
  JobEvent,
  JobState,
  NewJobEvent,
  Progress,
} from "../domain/job.ts";
import type { Warning } from "../domain/warning.ts";
import type { StoredOutput } from "./output-archive.ts";
import type { OutputRecord } from "./output-store.ts";

export type NewJob = {
  id: string;
  tenant: string;
  base: BaseReference;
  sheet: string;
  options: Record<string, unknown>;
  plan: Record<string, unknown> | null;
  keeps: "files" | "renditions";
  warnings: Warning[];
  /** Present when a voice sample was sent. */
  consent: Consent | null;
  /** The sender's own key for the provider of speech, sealed for the job's id. */
  sealedKey: string | null;
};

/** Why a voice sample may be used. */
export type Consent = {
  /** Object key and SHA-256 (hex) of the sample. */
  sample: string;
  hash: string;
  /** `attestation`: the uploader's act of sending it; `explicit`: with the speaker and the scope named. */
  kind: "attestation" | "explicit";
  speaker: string | null;
  scope: string | null;
  /** Id of the API key that sent it; null without one. */
  keyId: string | null;
};

/** A row's state while its job goes on, and at its end. */
export const RECIPIENT_STATES = ["pending", "running", "done", "skipped", "failed"] as const;
export type RecipientState = (typeof RECIPIENT_STATES)[number];

export type NewRecipient = {
  /** As the spreadsheet shows it; unique in a job. */
  row: number;
  name: string;
} & ({ state: "pending"; file: string; spokenText: string } | { state: "skipped"; reason: string });

/** A row as it stands. Before its end all figures of the record are null. */
export type RecipientRow = Omit<OutputRecord, "state"> & {
  state: RecipientState;
  spokenText: string;
  /** Null until done. */
  output: StoredOutput | null;
  updatedAt: number;
};

/** A claimed row: what a worker needs to make its output. */
export type ClaimedRow = { row: number; name: string; file: string; spokenText: string };

/** How a claimed row ended. */
export type RowResult = { record: OutputRecord; output: StoredOutput | null };

export type Page<T> = {
  items: T[] /** Ask for what comes after it; null at the end. */;
  next: string | null;
};

export type JobFilter = { state?: JobState; cursor?: string; limit: number };
export type RecipientFilter = { state?: RecipientState; cursor?: string; limit: number };

/**
 * Jobs, their rows and events. Every call is one transaction; a job's events are numbered in it, and
 * the deliveries that webhooks asked for are noted in it, too.
 * `tenant` is part of every question that comes from outside; `null` stands for the service itself.
 * One conformance suite (test/conformance) holds for every adapter.
 */
export interface JobStore {
  /**
   * Notes a new job as queued.
   * @param idempotency The caller's key for this request and a hash of all that it asked for: a key
   * used before returns the job of that time (`created` false).
   * @throws AppError IDEMPOTENCY_KEY_REUSED when the key was used for something else.
   */
  create(
    job: NewJob,
    idempotency?: { key: string; fingerprint: string },
  ): Promise<{ job: Job; created: boolean }>;
  find(tenant: Caller["tenant"] | null, id: string): Promise<Job | null>;
  /** Newest first. @throws AppError INVALID_OPTION for a cursor that is none. */
  list(tenant: Caller["tenant"], filter: JobFilter): Promise<Page<Job>>;

  /**
   * Notes rows of the sheet; rows that are there already stay as they are. At most 5,000 at a time.
   * Of a job that has ended nothing is noted, here and in `setPlan` and `addWarnings`.
   */
  addRecipients(id: string, recipients: readonly NewRecipient[]): Promise<void>;
  /** Notes what was found out about the base. */
  setPlan(id: string, plan: Record<string, unknown>, events: readonly NewJobEvent[]): Promise<void>;
  /** The base's own file is gone, or lies elsewhere. */
  setBase(id: string, base: BaseReference): Promise<void>;
  /** Notes and tells (`job.warning`) those that are not there yet. */
  addWarnings(id: string, warnings: readonly Warning[]): Promise<void>;
  /**
   * Queued → running; counts the rows. Repeating it in one round is harmless.
   * @returns the job, or null when it is not queued or running in this round.
   */
  begin(id: string, round: number): Promise<Job | null>;
  /** First and last row number of each run of at most `size` rows that still have to be made. */
  chunks(id: string, size: number): Promise<{ first: number; last: number; rows: number }[]>;
  /**
   * Claims the rows from `first` to `last` that have no end yet, from whoever had them, for `token`.
   * @returns none when the job is not running in this round.
   */
  claimRows(
    id: string,
    claim: { round: number; first: number; last: number; token: string },
  ): Promise<ClaimedRow[]>;
  /**
   * Notes how claimed rows ended, those that `token` still holds; the others are left alone.
   * Adds the job's counters and events `job.progress` and, for each failure, `recipient.failed`.
   * @returns the counters, or null when the job is not running in this round.
   */
  settleRows(
    id: string,
    settled: { round: number; token: string; results: readonly RowResult[] },
  ): Promise<Progress | null>;
  /** Hands claimed rows back unmade. */
  releaseRows(id: string, token: string): Promise<void>;
  /**
   * Running or queued → done, failed or cancelled. Rows under work are pending again.
   * @returns the job; null when it had ended or is in another round.
   */
  end(
    id: string,
    end: { state: "done" | "failed" | "cancelled"; error: JobError | null; round?: number },
  ): Promise<Job | null>;
  /**
   * Ended → queued, in a new round: failed rows are pending again.
   * @returns the job and how many rows are to be made; null when it has not ended.
   */
  retry(id: string): Promise<{ job: Job; rows: number } | null>;
  /** Forgets a job with all that belongs to it. */
  remove(id: string): Promise<void>;

  /** By row number. */
  recipients(id: string, filter: RecipientFilter): Promise<Page<RecipientRow>>;
  recipient(id: string, row: number): Promise<RecipientRow | null>;
  /** Every row in the order of the sheet, read in batches. */
  allRecipients(id: string): AsyncIterable<RecipientRow>;
  /** Keys of the packs that done rows of a job need. */
  packsOf(id: string): Promise<Set<string>>;
  /** Events after `after`, at most `limit`. */
  events(id: string, after: number, limit: number): Promise<JobEvent[]>;

  /** Jobs that are queued or running: whatever should happen next is enqueued again after a crash. */
  unfinished(): Promise<{ id: string; round: number; state: JobState; progress: Progress }[]>;
  /** Ended jobs not changed since `before`, at most `limit`. */
  endedBefore(before: number, limit: number): Promise<Job[]>;
  /** Ended jobs not changed since `before` whose uploads are still kept, at most `limit`. */
  withInputBefore(before: number, limit: number): Promise<Job[]>;
  /**
   * The job's uploads (base, sheet, voice sample) are removed: its own base's key becomes null, and its
   * sealed key is forgotten.
   */
  forgetInput(id: string): Promise<void>;
  /** The consent that came with a job's voice sample. */
  consentOf(id: string): Promise<(Consent & { at: number }) | null>;
  /** The key that came with a job, sealed; null when none did. */
  sealedKeyOf(id: string): Promise<string | null>;
  /** Which of these job ids exist. */
  existing(ids: readonly string[]): Promise<Set<string>>;
  /** Ids of compiled templates that kept renditions or unfinished jobs need. */
  templatesInUse(): Promise<Set<string>>;
}
