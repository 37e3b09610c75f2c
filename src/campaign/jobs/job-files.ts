import { crc32 } from "node:zlib";
import { AppError } from "../../domain/app-error.ts";
import type { Job } from "../../domain/job.ts";
import { createRecentPromises } from "../../domain/recent.ts";
import type { RecipientRow } from "../../ports/job-store.ts";
import type { ArchivedFile } from "../../ports/output-archive.ts";
import type { Downloadable } from "../campaign-service.ts";
import { digest } from "../output-key.ts";
import { posterKey, reportKey } from "./job-objects.ts";
import { storedOptions } from "./job-plan.ts";
import type { ServiceDependencies } from "./service-dependencies.ts";

type Dependencies = Pick<ServiceDependencies, "jobs" | "objects" | "archive">;

/** ZIPs whose list of members is at hand: whoever reads one in ranges asks again and again. */
const ZIPS_AT_HAND = 4;

export type JobFiles = {
  /** @throws AppError JOB_NOT_READY, NOT_FOUND. */
  zip(job: Job): Promise<Downloadable>;
  /** @throws AppError NOT_FOUND, JOB_NOT_READY. */
  media(job: Job, row: number): Promise<Downloadable>;
  /** @throws AppError NOT_FOUND. */
  poster(job: Job): Promise<Downloadable>;
};

/** What a job offers for download; nothing is stored for it a second time. */
export function createJobFiles({ jobs, objects, archive }: Dependencies): JobFiles {
  const zips = createRecentPromises<Downloadable>(ZIPS_AT_HAND);

  async function zipOf(job: Job): Promise<Downloadable> {
    const report = await reportMember(job);
    const members: ArchivedFile[] = [];
    for await (const { file, output, updatedAt } of jobs.allRecipients(job.id)) {
      if (output) members.push({ ...output, name: file, modifiedAt: updatedAt });
    }
    if (!report || members.length === 0) throw new AppError("NOT_FOUND", "output not found");
    members.push(report);
    const zip = archive.zip(members);
    return {
      name: `${job.id}.zip`,
      mediaType: "application/zip",
      etag: digest(members.map(({ name, sizeBytes, crc32: crc }) => [name, sizeBytes, crc])),
      modifiedAt: job.updatedAt,
      ...zip,
    };
  }

  async function reportMember({ id }: Job): Promise<ArchivedFile | null> {
    const key = reportKey(id);
    const found = await objects.head(key);
    if (!found) return null;
    let crc = 0;
    for await (const chunk of objects.read(key)) crc = crc32(chunk, crc);
    const { sizeBytes, modifiedAt } = found;
    return {
      name: "report.csv",
      sizeBytes,
      modifiedAt,
      crc32: crc,
      location: { kind: "file", key },
    };
  }

  return {
    async zip(job) {
      if (job.state !== "done") throw new AppError("JOB_NOT_READY", "job not ready");
      return zips.get(`${job.id}:${job.updatedAt}`, () => zipOf(job));
    },
    async media(job, row) {
      const recipient = await jobs.recipient(job.id, row);
      if (!recipient) throw new AppError("NOT_FOUND", `the job has no row ${row}`);
      const { output } = recipient;
      if (!output) throw notMade(recipient);
      const isAudio = storedOptions(job.options).insertMode === "silver";
      return {
        name: recipient.file,
        mediaType: isAudio ? "audio/mpeg" : "video/mp4",
        sizeBytes: output.sizeBytes,
        etag: digest([recipient.key, output.sizeBytes, output.crc32]),
        modifiedAt: recipient.updatedAt,
        read: (range) => archive.read(output, range),
      };
    },
    async poster({ id }) {
      const key = posterKey(id);
      const found = await objects.head(key);
      if (!found) throw new AppError("NOT_FOUND", "poster not found");
      const { sizeBytes, modifiedAt } = found;
      return {
        name: "poster.jpg",
        mediaType: "image/jpeg",
        sizeBytes,
        etag: digest([key, sizeBytes, modifiedAt]),
        modifiedAt,
        read: (range) => objects.read(key, range),
      };
    },
  };
}

function notMade({ row, state, reason }: RecipientRow): AppError {
  const why = reason === "" ? "" : `: ${reason}`;
  if (state === "failed" || state === "skipped") {
    return new AppError("NOT_FOUND", `row ${row} was ${state}${why}`);
  }
  return new AppError("JOB_NOT_READY", `row ${row} is ${state}: ask again when it is done`);
}
