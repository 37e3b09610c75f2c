import { performance } from "node:perf_hooks";
import { AppError } from "../../domain/app-error.ts";
import { type Job, remaining } from "../../domain/job.ts";
import { forEachConcurrently } from "../../domain/limit-concurrency.ts";
import { createRecentPromises } from "../../domain/recent.ts";
import { concernsAll } from "../../domain/warning.ts";
import type { ClaimedRow, RowResult } from "../../ports/job-store.ts";
import type { NewOutput } from "../../ports/output-archive.ts";
import { nameCheckFor } from "../check-name.ts";
import { outputKey } from "../output-key.ts";
import { finishedOutput, withoutOutput } from "../output-record.ts";
import { createRecipientRenderer, type RenderedRecipient } from "../render-recipient.ts";
import { speechRequests } from "../speech-request.ts";
import { attemptRow } from "./attempt-row.ts";
import { chunkMetrics } from "./chunk-size.ts";
import { templateOf } from "./compile-base.ts";
import { storedOptions, storedPlan } from "./job-plan.ts";
import { finishTask } from "./job-tasks.ts";
import { voiceOfJob } from "./job-voice.ts";
import { publicError } from "./public-error.ts";
import type { ServiceDependencies } from "./service-dependencies.ts";

type Dependencies = Pick<
  ServiceDependencies,
  | "jobs"
  | "queue"
  | "media"
  | "archive"
  | "objects"
  | "secrets"
  | "templates"
  | "voiceFor"
  | "lipSyncFor"
  | "reference"
  | "recognizer"
  | "metrics"
>;

type Chunk = { jobId: string; round: number; first: number; last: number };

/** Jobs whose renderer is at hand, with the outputs it made last. */
const JOBS_AT_HAND = 8;

export type ChunkRenderer = (chunk: Chunk, token: string, signal: AbortSignal) => Promise<void>;

/**
 * Makes the outputs of chunks of rows: all of a chunk are stored, then noted in one transaction which
 * only the holder of `token` can do.
 */
export function createChunkRenderer(
  dependencies: Dependencies & { /** Rows worked on at once. */ concurrency: number },
): ChunkRenderer {
  const { jobs, queue, archive, metrics, concurrency } = dependencies;
  const scopes = createRecentPromises<Scope>(JOBS_AT_HAND);

  return async ({ jobId, round, first, last }, token, signal) => {
    const job = await jobs.find(null, jobId);
    if (job?.state !== "running" || job.round !== round) return;
    const started = performance.now();
    const scope = await scopes.get(`${jobId}:${round}`, () => createScope(dependencies, job));
    const rows = await jobs.claimRows(jobId, { round, first, last, token });
    try {
      const requests = rows.flatMap(({ spokenText }) => speechRequests(spokenText, scope.options));
      await scope.speech.prepare?.(requests, { signal });
      const made = await makeRows(scope, rows, concurrency, signal);
      const results = await storeRows(archive, job, token, made, signal);
      const progress = await jobs.settleRows(jobId, { round, token, results });
      await warnOfAll(jobs, job, made);
      const seconds = (performance.now() - started) / 1000;
      const failures = made.flatMap((one) => ("failure" in one ? [one.failure.code] : []));
      await metrics.add(chunkMetrics(scope.options, { rows: rows.length, seconds, failures }));
      if (progress && remaining(progress) === 0)
        await queue.enqueue([finishTask({ jobId, round })]);
    } catch (error) {
      await jobs.releaseRows(jobId, token).catch(() => {}); // the next holder takes them all the same
      throw signal.aborted ? new AppError("CANCELLED", "cancelled", { cause: error }) : error;
    }
  };
}

type Scope = Awaited<ReturnType<typeof createScope>>;

async function createScope(dependencies: Dependencies, job: Job) {
  const options = storedOptions(job.options);
  const plan = storedPlan(job.plan);
  const template = plan && templateOf(plan, dependencies);
  if (!plan || !template) throw new AppError("INTERNAL", `job ${job.id} runs without a template`);
  const speech = await voiceOfJob(dependencies, job, options);
  const lipSync = dependencies.lipSyncFor(options);
  const renderer = createRecipientRenderer({
    media: dependencies.media,
    speech,
    checkName: nameCheckFor(options, dependencies),
    lipSync,
    options,
    slots: plan.slots.map(({ slot }) => slot),
    template,
  });
  const keyOf = (row: ClaimedRow) =>
    outputKey({ speech, lipSync }, plan.templateId, options, { kind: "output", ...row });
  return { options, speech, template, renderer, keyOf };
}

/** What happened to rows and will happen to others is a warning of the job, once. */
async function warnOfAll(
  jobs: Dependencies["jobs"],
  job: Job,
  made: readonly Made[],
): Promise<void> {
  const warnings = made.flatMap((one) => ("rendered" in one ? one.rendered.warnings : []));
  const news = warnings.find(
    (warning) => concernsAll(warning) && !job.warnings.some(({ code }) => code === warning.code),
  );
  if (news) await jobs.addWarnings(job.id, [news]);
}

type Made = { row: ClaimedRow; key: string } & (
  | { rendered: RenderedRecipient; output: NewOutput }
  | { failure: AppError }
);

async function makeRows(
  { renderer, template, keyOf }: Scope,
  rows: readonly ClaimedRow[],
  concurrency: number,
  signal: AbortSignal,
): Promise<Made[]> {
  const made: Made[] = [];
  await forEachConcurrently(rows, concurrency, async (row) => {
    signal.throwIfAborted();
    const key = keyOf(row);
    const result = await attemptRow(renderer, row.spokenText, signal);
    if (result instanceof AppError) {
      made.push({ row, key, failure: result });
      return;
    }
    const { rendition } = result.rendered;
    made.push({ row, key, rendered: result, output: { file: row.file, rendition, template } });
  });
  return made.toSorted((a, b) => a.row.row - b.row.row);
}

async function storeRows(
  archive: Dependencies["archive"],
  job: Job,
  token: string,
  made: readonly Made[],
  signal: AbortSignal,
): Promise<RowResult[]> {
  const outputs = made.flatMap((one) => ("output" in one ? [one.output] : []));
  const stored =
    outputs.length === 0
      ? []
      : await archive.store({ jobId: job.id, keeps: job.keeps, token, outputs, signal });
  const places = stored.values();
  return made.map(({ row, key, ...made }): RowResult => {
    if ("failure" in made) {
      const { message } = publicError(made.failure);
      return { record: { ...withoutOutput(row, "failed", message), key }, output: null };
    }
    const record = finishedOutput({ ...row, key }, made.rendered);
    return { record, output: places.next().value ?? null };
  });
}
