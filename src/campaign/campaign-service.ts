import type { Interval } from "../domain/audio.ts";
import type { Caller } from "../domain/caller.ts";
import type { Job, JobEvent, WebhookEventType } from "../domain/job.ts";
import type { Seams } from "../domain/seams.ts";
import type { Slot } from "../domain/slot.ts";
import type { Upload } from "../domain/upload.ts";
import type { BaseTemplate } from "../ports/base-store.ts";
import type { JobFilter, Page, RecipientFilter, RecipientRow } from "../ports/job-store.ts";
import type { Delivery, Webhook } from "../ports/webhook-store.ts";
import type { JobForm } from "./jobs/job-form.ts";

/** A file that a client may read whole or in ranges, any number of times. */
export type Downloadable = {
  /** What to call it when it is saved. */
  name: string;
  mediaType: string;
  sizeBytes: number;
  /** Changes whenever a byte does; without quotes. */
  etag: string;
  /** Milliseconds since 1970. */
  modifiedAt: number;
  /** The bytes `start` (inclusive) to `end` (exclusive). */
  read(range: { start: number; end: number }): AsyncIterable<Uint8Array>;
  /** Called once when the client has got what it wanted, or gone; removes what was made for it alone. */
  release?(): Promise<void>;
};

export type Preview = {
  slots: Slot[];
  /** Where the name stands in the preview, seconds. */
  spoken: Interval;
  stretch: number;
  seams: Seams;
  warnings: string[];
  file: Downloadable;
};

export type ConvertForm = { crf: number; preset: string; audioBitRate: number };

/** What became of `POST /cache/name-audio/clear`. */
export type ClearedCache = { clearedDir: string; removedFiles: number; removedDirs: number };

/**
 * Everything a client of the service can ask for. Ids of other tenants are as unknown as those that
 * never were.
 * @throws AppError NOT_FOUND with the contract's text ("job not found"), and what each call says.
 */
export interface CampaignService {
  jobs: {
    /** @throws AppError DISK_FULL when `expectedBytes` do not fit. */
    upload(caller: Caller, expectedBytes: number | null): Promise<Upload>;
    /**
     * Checks everything that can be checked now and queues the job.
     * @throws AppError of the request, the sheet or the base.
     */
    create(
      caller: Caller,
      request: { form: JobForm; upload: Upload; idempotencyKey: string | null },
      options: { signal: AbortSignal },
    ): Promise<Job>;
    get(caller: Caller, id: string): Promise<Job>;
    list(caller: Caller, filter: JobFilter): Promise<Page<Job>>;
    /** A job that has ended stays as it is. */
    cancel(caller: Caller, id: string): Promise<Job>;
    /** Cancels the job and removes it with all its files. */
    purge(caller: Caller, id: string): Promise<void>;
    /** @throws AppError JOB_NOT_ENDED; NOTHING_TO_RETRY. */
    retry(caller: Caller, id: string): Promise<{ job: Job; rows: number }>;
    recipients(caller: Caller, id: string, filter: RecipientFilter): Promise<Page<RecipientRow>>;
    recipient(caller: Caller, id: string, row: number): Promise<RecipientRow>;
    /** The ZIP of all outputs. @throws AppError JOB_NOT_READY, NOT_FOUND ("output not found"). */
    download(caller: Caller, id: string): Promise<Downloadable>;
    /** One recipient's output. @throws AppError JOB_NOT_READY while it is not done. */
    media(caller: Caller, id: string, row: number): Promise<Downloadable>;
    /** @throws AppError NOT_FOUND when the base has no picture. */
    poster(caller: Caller, id: string, row: number): Promise<Downloadable>;
    /** Path and query of a link that shows one output to whoever has it, until it expires. */
    share(
      caller: Caller,
      id: string,
      row: number,
      seconds: number,
    ): Promise<{ path: string; expiresAt: number }>;
    /** The output a link leads to. @throws AppError LINK_INVALID, LINK_EXPIRED. */
    shared(link: {
      id: string;
      row: number;
      expires: string;
      signature: string;
    }): Promise<Downloadable>;
    /**
     * A job's events after `after`, first those of the past, then as they happen; ends after the
     * event with which the job ended, or when `signal` aborts.
     */
    events(
      caller: Caller,
      id: string,
      after: number,
      signal: AbortSignal,
    ): Promise<AsyncIterable<JobEvent>>;
  };
  templates: {
    upload(caller: Caller, expectedBytes: number | null): Promise<Upload>;
    create(
      caller: Caller,
      request: { form: JobForm; upload: Upload },
      options: { signal: AbortSignal },
    ): Promise<BaseTemplate>;
    get(caller: Caller, id: string): Promise<BaseTemplate>;
    list(caller: Caller, filter: { cursor?: string; limit: number }): Promise<Page<BaseTemplate>>;
    /** @throws AppError TEMPLATE_IN_USE. */
    remove(caller: Caller, id: string): Promise<void>;
  };
  previews: {
    upload(caller: Caller, expectedBytes: number | null): Promise<Upload>;
    /** One name on a base, at once. */
    create(
      caller: Caller,
      request: { form: JobForm; name: string; upload: Upload },
      options: { signal: AbortSignal },
    ): Promise<Preview>;
  };
  conversions: {
    upload(caller: Caller, expectedBytes: number | null): Promise<Upload>;
    create(
      caller: Caller,
      request: { form: ConvertForm; upload: Upload },
      options: { signal: AbortSignal },
    ): Promise<Downloadable>;
  };
  webhooks: {
    /** The secret is told this once. @throws AppError URL_NOT_ALLOWED. */
    create(
      caller: Caller,
      request: { url: string; events: readonly WebhookEventType[] },
    ): Promise<{ webhook: Webhook; secret: string }>;
    list(caller: Caller): Promise<Webhook[]>;
    remove(caller: Caller, id: string): Promise<void>;
    deliveries(
      caller: Caller,
      id: string,
      filter: { cursor?: string; limit: number },
    ): Promise<Page<Delivery>>;
    /** Sends a delivery that failed for good once more. */
    redeliver(caller: Caller, id: string, deliveryId: string): Promise<void>;
  };
  clearNameCache(caller: Caller): Promise<ClearedCache>;
}
