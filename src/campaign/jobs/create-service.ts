import { AppError } from "../../domain/app-error.ts";
import type { Caller } from "../../domain/caller.ts";
import { hasEnded, type Job, remaining } from "../../domain/job.ts";
import { createGate } from "../../domain/limit-concurrency.ts";
import type { BaseTemplate } from "../../ports/base-store.ts";
import type { CampaignService } from "../campaign-service.ts";
import { createWebhooks } from "../webhooks/webhooks.ts";
import { createBaseTemplate } from "./base-templates.ts";
import { convertUpload } from "./convert-upload.ts";
import { createJob } from "./create-job.ts";
import { followEvents } from "./follow-events.ts";
import { createJobFiles } from "./job-files.ts";
import { jobPrefix } from "./job-objects.ts";
import { prepareTask } from "./job-tasks.ts";
import { makePreview } from "./make-preview.ts";
import { removeJob } from "./remove-job.ts";
import type { ServiceDependencies } from "./service-dependencies.ts";
import { checkShareLink, shareLink } from "./share-link.ts";
import { openUpload, type UploadFields, uploadFields } from "./uploads.ts";

/** Conversions that may wait for each other; one more is refused. */
const CONVERSIONS_WAITING = 4;

/** The use cases of the service, behind one interface that HTTP and the command line share. */
export function createCampaignService(
  dependencies: ServiceDependencies & {
    /** Resolves when it is time to look for new events, or when the signal aborts. */
    waitForEvents: (signal: AbortSignal) => Promise<void>;
  },
): CampaignService {
  const { jobs, bases, queue, objects, secrets, policy, clock, newId } = dependencies;
  const files = createJobFiles(dependencies);
  const fields = uploadFields(policy.maxUploadBytes);
  const inTurn = createShortQueue(CONVERSIONS_WAITING);
  const upload = (of: UploadFields, expectedBytes: number | null) =>
    openUpload({ objects, id: newId(), fields: of, expectedBytes });
  const uploadBase = (_caller: Caller, expectedBytes: number | null) =>
    upload(fields.base, expectedBytes);

  async function find({ tenant }: Caller, id: string): Promise<Job> {
    const job = await jobs.find(tenant, id);
    if (!job) throw new AppError("NOT_FOUND", "job not found");
    return job;
  }

  async function findTemplate({ tenant }: Caller, id: string): Promise<BaseTemplate> {
    const template = await bases.find(tenant, id);
    if (!template) throw new AppError("NOT_FOUND", "template not found");
    return template;
  }

  async function cancel(job: Job): Promise<void> {
    await jobs.end(job.id, { state: "cancelled", error: null });
    await queue.cancel(job.id);
  }

  return {
    jobs: {
      upload: (_caller, expectedBytes) => upload(fields.job, expectedBytes),
      create: (caller, request, { signal }) =>
        createJob(dependencies, { caller, ...request, signal }),
      get: find,
      list: ({ tenant }, filter) => jobs.list(tenant, filter),
      async cancel(caller, id) {
        await cancel(await find(caller, id));
        return find(caller, id);
      },
      async purge(caller, id) {
        const job = await find(caller, id);
        await cancel(job);
        await removeJob(dependencies, job);
      },
      async retry(caller, id) {
        const job = await find(caller, id);
        const { total, failed } = job.progress;
        if (hasEnded(job.state) && total > 0 && failed + remaining(job.progress) === 0) {
          throw new AppError("NOTHING_TO_RETRY", "every recipient of the job is done or skipped");
        }
        const retried = await jobs.retry(id);
        if (!retried) {
          throw new AppError(
            "JOB_NOT_ENDED",
            `the job is ${job.state}: it can be retried once it has ended`,
          );
        }
        const { round } = retried.job;
        await queue.enqueue([prepareTask({ jobId: id, round })]);
        return retried;
      },
      async recipients(caller, id, filter) {
        await find(caller, id);
        return jobs.recipients(id, filter);
      },
      async recipient(caller, id, row) {
        await find(caller, id);
        const recipient = await jobs.recipient(id, row);
        if (!recipient) throw new AppError("NOT_FOUND", `the job has no row ${row}`);
        return recipient;
      },
      download: async (caller, id) => files.zip(await find(caller, id)),
      media: async (caller, id, row) => files.media(await find(caller, id), row),
      poster: async (caller, id) => files.poster(await find(caller, id)),
      async share(caller, id, row, seconds) {
        await files.media(await find(caller, id), row);
        const expiresAt = clock() + seconds * 1000;
        return { path: shareLink(secrets, { id, row, expiresAt }), expiresAt };
      },
      async shared(link) {
        checkShareLink(secrets, link, clock());
        const job = await jobs.find(null, link.id);
        if (!job) throw new AppError("NOT_FOUND", "job not found");
        return files.media(job, link.row);
      },
      async events(caller, id, after, signal) {
        await find(caller, id);
        return followEvents(jobs, { id, after, signal, wait: dependencies.waitForEvents });
      },
    },
    templates: {
      upload: uploadBase,
      create: (caller, request, { signal }) =>
        createBaseTemplate(dependencies, { caller, ...request, signal }),
      get: findTemplate,
      list: ({ tenant }, filter) => bases.list(tenant, filter),
      async remove(caller, id) {
        await findTemplate(caller, id);
        await bases.remove(caller.tenant, id);
        await objects.removeAll(jobPrefix(id));
      },
    },
    previews: {
      upload: (_caller, expectedBytes) => upload(fields.preview, expectedBytes),
      create: (caller, request, { signal }) =>
        makePreview(dependencies, { caller, ...request, signal }),
    },
    conversions: {
      upload: uploadBase,
      create: (_caller, request, { signal }) =>
        inTurn(() => convertUpload(dependencies, { ...request, signal })),
    },
    webhooks: createWebhooks(dependencies),
    clearNameCache: () => dependencies.clearNameCache(),
  };
}

/** One piece of work at a time, as it would keep checks of uploads from the media workers. */
function createShortQueue(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const gate = createGate(1);
  let waiting = 0;
  return async (work) => {
    if (waiting >= most) {
      throw new AppError("OVERLOADED", `${most} conversions wait already: try again later`);
    }
    waiting += 1;
    try {
      return await gate(work);
    } finally {
      waiting -= 1;
    }
  };
}
