import { toAppError } from "../../domain/app-error.ts";
import { inputPrefix, jobPrefix } from "./job-objects.ts";
import { removeJob } from "./remove-job.ts";
import type { ServiceDependencies } from "./service-dependencies.ts";

type Dependencies = Pick<
  ServiceDependencies,
  "jobs" | "bases" | "objects" | "templates" | "policy" | "clock" | "logger"
>;

export type Removed = { jobs: number; inputs: number; orphans: number; templates: number };

const DAY_MS = 24 * 3600_000;
/** What was written so lately may belong to a request that is not yet a job. */
const ORPHAN_MS = 6 * 3600_000;
/** A preview's template waits this long for the job that may follow. */
const UNUSED_MS = DAY_MS;
const JOBS_AT_ONCE = 100;
/** Ids as `newId` makes them: nothing else in a data folder is touched. */
const ID = /^[0-9a-f]{32}$/;

/** Removes what has been kept long enough, and what crashes left behind. */
export async function applyRetention(dependencies: Dependencies): Promise<Removed> {
  const { policy, clock } = dependencies;
  const now = clock();
  const removed = {
    jobs: await removeOldJobs(dependencies, now - policy.outputDays * DAY_MS),
    inputs: await removeOldInputs(dependencies, now - policy.uploadDays * DAY_MS),
    orphans: await removeOrphans(dependencies, now - ORPHAN_MS),
    templates: await removeUnusedTemplates(dependencies, now - UNUSED_MS),
  };
  if (Object.values(removed).some((count) => count > 0)) {
    dependencies.logger.info(removed, "retention removed what was due");
  }
  return removed;
}

async function removeOldJobs(dependencies: Dependencies, before: number): Promise<number> {
  const { jobs } = dependencies;
  let count = 0;
  for (;;) {
    const due = await jobs.endedBefore(before, JOBS_AT_ONCE);
    for (const job of due) await removeJob(dependencies, job);
    count += due.length;
    if (due.length < JOBS_AT_ONCE) return count;
  }
}

/** The uploads of jobs that ended: base, sheet and voice sample. */
async function removeOldInputs({ jobs, objects }: Dependencies, before: number): Promise<number> {
  let count = 0;
  for (;;) {
    const due = await jobs.withInputBefore(before, JOBS_AT_ONCE);
    for (const { id } of due) {
      await objects.removeAll(inputPrefix(id));
      await jobs.forgetInput(id);
    }
    count += due.length;
    if (due.length < JOBS_AT_ONCE) return count;
  }
}

/** Files of jobs and templates that nobody knows: an upload was cut off, a removal interrupted. */
async function removeOrphans(
  { jobs, bases, objects, logger }: Dependencies,
  before: number,
): Promise<number> {
  const newest = new Map<string, number>();
  for await (const { key, modifiedAt } of objects.list("")) {
    const [id = ""] = key.split("/");
    if (ID.test(id)) newest.set(id, Math.max(newest.get(id) ?? 0, modifiedAt));
  }
  const ids = [...newest.keys()].filter((id) => (newest.get(id) ?? 0) < before);
  const known = [await jobs.existing(ids), await bases.existing(ids)];
  let count = 0;
  for (const id of ids) {
    if (known.some((set) => set.has(id))) continue;
    try {
      await objects.removeAll(jobPrefix(id));
      count++;
    } catch (thrown) {
      logger.warn({ error: toAppError(thrown).message }, `orphan ${id} could not be removed`);
    }
  }
  return count;
}

/** Compiled templates that no kept rendition, unfinished job or base template needs. */
async function removeUnusedTemplates(
  { jobs, bases, templates }: Dependencies,
  before: number,
): Promise<number> {
  const needed = [await jobs.templatesInUse(), await bases.templatesInUse()];
  let count = 0;
  for (const { id, modifiedAt } of await templates.list()) {
    if (modifiedAt >= before || needed.some((set) => set.has(id))) continue;
    await templates.remove(id);
    count++;
  }
  return count;
}
