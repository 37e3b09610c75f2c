import type { JobStore } from "../ports/job-store.ts";
import { createCreateJob } from "./create-job.ts";
import { createJobCourse } from "./job-course.ts";
import { readEvents } from "./job-events.ts";
import { createJobRecords } from "./job-records.ts";
import type { StoreContext } from "./job-rows.ts";
import { createRecipientClaims } from "./recipient-claims.ts";
import { createRecipientRecords } from "./recipient-records.ts";

/** Jobs in a database. Its transactions hold the job's row first, then change what belongs to it. */
export function createJobStore(context: StoreContext): JobStore {
  return {
    create: createCreateJob(context),
    ...createJobRecords(context),
    ...createJobCourse(context),
    ...createRecipientRecords(context),
    ...createRecipientClaims(context),
    events: (id, after, limit) => readEvents(context, { id, after, limit }),
  };
}
