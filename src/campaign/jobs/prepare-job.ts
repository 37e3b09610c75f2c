import type { AppError } from "../../domain/app-error.ts";
import { hasEnded, type Job } from "../../domain/job.ts";
import { type Recipient, recipientsOf } from "../../domain/recipient.ts";
import type { Template } from "../../domain/template.ts";
import type { Warning } from "../../domain/warning.ts";
import type { NewRecipient } from "../../ports/job-store.ts";
import type { CampaignOptions } from "../campaign-options.ts";
import { recipientOptions } from "../recipient-options.ts";
import { planBase } from "./base-source.ts";
import { compileBase, keepPoster } from "./compile-base.ts";
import { type JobPlan, storedOptions, storedPlan } from "./job-plan.ts";
import { publicError } from "./public-error.ts";
import { enqueueWhatFollows } from "./reconcile.ts";
import type { ServiceDependencies } from "./service-dependencies.ts";

const ROWS_AT_ONCE = 2000;

type Dependencies = Pick<
  ServiceDependencies,
  | "jobs"
  | "queue"
  | "objects"
  | "media"
  | "reference"
  | "recognizer"
  | "sheets"
  | "templates"
  | "scratch"
  | "respell"
  | "metrics"
  | "policy"
>;

/**
 * Brings a queued job to where its rows can be made: the rows noted, the base compiled, the work cut
 * into chunks. Every step may be done again after a crash.
 */
export async function prepareJob(
  dependencies: Dependencies,
  { jobId, round }: { jobId: string; round: number },
  signal: AbortSignal,
): Promise<void> {
  const { jobs } = dependencies;
  const job = await jobs.find(null, jobId);
  if (!job || hasEnded(job.state) || job.round !== round) return;
  const options = storedOptions(job.options);
  await noteRecipients(dependencies, job, options, signal);
  const { plan, template } = await noteTemplate(dependencies, job, options, signal);
  await keepPoster(dependencies, { jobId, template, plan, signal });
  await dropNeedlessBase(dependencies, job);
  if (!(await jobs.begin(jobId, round))) return;
  await enqueueWhatFollows(dependencies, { jobId, round });
}

/** Reads the sheet into rows of the job; those of an earlier attempt stay as they are. */
async function noteRecipients(
  { jobs, objects, sheets, respell }: Dependencies,
  job: Job,
  options: CampaignOptions,
  signal: AbortSignal,
): Promise<void> {
  // A retry has its rows, and its sheet may have been removed since.
  if (job.progress.total > 0) return;
  const sheet = await sheets.read(await objects.localFile(job.sheet, { signal }));
  const recipients = recipientsOf(sheet, recipientOptions(options, sheet.columns, respell));
  for (let first = 0; first < recipients.length; first += ROWS_AT_ONCE) {
    signal.throwIfAborted();
    const batch = recipients.slice(first, first + ROWS_AT_ONCE);
    await jobs.addRecipients(job.id, batch.map(asRow));
  }
}

function asRow(recipient: Recipient): NewRecipient {
  const { row, name } = recipient;
  if (recipient.kind === "skipped")
    return { row, name, state: "skipped", reason: recipient.reason };
  const { file, spokenText } = recipient;
  return { row, name, state: "pending", file, spokenText };
}

async function noteTemplate(
  dependencies: Dependencies,
  job: Job,
  options: CampaignOptions,
  signal: AbortSignal,
): Promise<{ plan: JobPlan; template: Template }> {
  const { jobs } = dependencies;
  const warnings: Warning[] = [];
  const onWarning = (warning: Warning) => warnings.push(warning);
  const known = storedPlan(job.plan);
  const plan =
    known ?? (await planBase(dependencies, { base: job.base, options, signal, onWarning }));
  const compiled = await compileBase(dependencies, { base: job.base, options, plan, signal });
  warnings.push(...compiled.warnings);
  const { template } = compiled;
  const complete = { ...plan, template };
  if (known?.template) return { plan: complete, template };
  await jobs.addWarnings(job.id, warnings);
  const slots = plan.slots.map(({ slot }) => slot);
  const { duration, sizeBytes } = template;
  await jobs.setPlan(job.id, complete, [
    { type: "job.compiled", data: { slot: slots[0], slots, duration, size_bytes: sizeBytes } },
  ]);
  return { plan: complete, template };
}

/** Where only renditions are kept, the template holds all of the base that is needed. */
async function dropNeedlessBase({ jobs, objects }: Dependencies, job: Job): Promise<void> {
  const { base } = job;
  if (job.keeps !== "renditions" || base.key === null || base.templateId !== null) return;
  await jobs.setBase(job.id, { ...base, key: null });
  await objects.remove(base.key);
}

/** Ends a job that cannot be prepared. */
export async function failJob(
  { jobs }: Pick<Dependencies, "jobs">,
  { jobId, round }: { jobId: string; round: number },
  error: AppError,
): Promise<void> {
  await jobs.end(jobId, { state: "failed", error: publicError(error), round });
}
