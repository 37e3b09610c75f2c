import { hasEnded, type JobError, remaining } from "../../domain/job.ts";
import type { RecipientRow } from "../../ports/job-store.ts";
import type { OutputRecord } from "../../ports/output-store.ts";
import { reportKey } from "./job-objects.ts";
import type { ServiceDependencies } from "./service-dependencies.ts";

type Dependencies = Pick<ServiceDependencies, "jobs" | "objects" | "archive" | "reportCsv">;

/** Writes a job's report and ends it, once every row has its end. */
export async function finishJob(
  { jobs, objects, archive, reportCsv }: Dependencies,
  { jobId, round }: { jobId: string; round: number },
  signal: AbortSignal,
): Promise<void> {
  const job = await jobs.find(null, jobId);
  if (!job || hasEnded(job.state) || job.round !== round) return;
  if (job.state !== "running" || remaining(job.progress) > 0) return;
  const records: OutputRecord[] = [];
  let firstFailure: RecipientRow | null = null;
  for await (const row of jobs.allRecipients(jobId)) {
    records.push(asRecord(row));
    if (row.state === "failed") firstFailure ??= row;
  }
  await objects.put(reportKey(jobId), [Buffer.from(reportCsv(records))], { signal });
  await archive.removeUnneeded(jobId, await jobs.packsOf(jobId));
  const { done, failed } = job.progress;
  const error = done === 0 && firstFailure ? allFailed(failed, firstFailure) : null;
  await jobs.end(jobId, { state: error ? "failed" : "done", error, round });
}

function asRecord({ state, ...row }: RecipientRow): OutputRecord {
  if (state === "pending" || state === "running") throw new Error(`row ${row.row} has no end`);
  const { spokenText: _, output: __, updatedAt: ___, ...record } = row;
  return { ...record, state };
}

function allFailed(count: number, first: RecipientRow): JobError {
  const who = count === 1 ? "the only recipient" : `all ${count} recipients`;
  return {
    code: "ALL_FAILED",
    message: `${who} failed; row ${first.row}: ${first.reason}`,
  };
}
