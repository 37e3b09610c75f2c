import type { Job } from "../../domain/job.ts";
import { jobPrefix } from "./job-objects.ts";
import type { ServiceDependencies } from "./service-dependencies.ts";

/** Removes a job with all its files. */
export async function removeJob(
  { jobs, objects }: Pick<ServiceDependencies, "jobs" | "objects">,
  { id }: Job,
): Promise<void> {
  // The rows go first: what is left of the files is found by the retention then, never the reverse.
  await jobs.remove(id);
  await objects.removeAll(jobPrefix(id));
}
