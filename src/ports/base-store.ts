import type { JobError } from "../domain/job.ts";
import type { Page } from "./job-store.ts";

/** A base uploaded once for many jobs: the API's "template". */
export type BaseTemplate = {
  id: string;
  tenant: string;
  state: "queued" | "ready" | "failed";
  error: JobError | null;
  /** As the client called the file. */
  name: string;
  /** Object key of the file, its SHA-256 (hex) and length. */
  key: string;
  hash: string;
  sizeBytes: number;
  /** Options that shape the compiled template; defaults of the jobs that use it. */
  options: Record<string, unknown>;
  /** What was found out about it (see `Job.plan`); null until ready. */
  plan: Record<string, unknown> | null;
  /** Milliseconds since 1970. */
  createdAt: number;
  updatedAt: number;
};

export interface BaseStore {
  create(template: BaseTemplate): Promise<void>;
  find(tenant: string | null, id: string): Promise<BaseTemplate | null>;
  list(tenant: string, filter: { cursor?: string; limit: number }): Promise<Page<BaseTemplate>>;
  setReady(id: string, plan: Record<string, unknown>): Promise<void>;
  setFailed(id: string, error: JobError): Promise<void>;
  /**
   * Forgets it, unless an unfinished job still needs its file.
   * @throws AppError TEMPLATE_IN_USE.
   */
  remove(tenant: string, id: string): Promise<boolean>;
  /** `plan.templateId` of all that are there and have a plan. */
  templatesInUse(): Promise<Set<string>>;
  /** Ids of those not compiled yet. */
  queued(): Promise<string[]>;
  /** Which of these ids exist. */
  existing(ids: readonly string[]): Promise<Set<string>>;
}
