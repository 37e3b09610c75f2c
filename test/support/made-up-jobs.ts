import type { Job } from "../../src/domain/job.ts";
import type { JobStore, NewJob, NewRecipient, RowResult } from "../../src/ports/job-store.ts";
import type { OutputRecord } from "../../src/ports/output-store.ts";

/** A job as it is created, with nothing special about it. */
export function newJob(id: string, changes: Partial<NewJob> = {}): NewJob {
  return {
    id,
    tenant: "acme",
    base: { key: `${id}/input/base.mp4`, hash: "a".repeat(64), name: "base.mp4", templateId: null },
    sheet: `${id}/input/recipients.csv`,
    options: { text: "{name}" },
    plan: null,
    keeps: "files",
    warnings: [],
    consent: null,
    sealedKey: null,
    ...changes,
  };
}

/** Rows that are to be made, numbered as in a sheet: from 2 on. */
export function newRecipients(count: number, first = 2): NewRecipient[] {
  return Array.from({ length: count }, (_, index) => {
    const row = first + index;
    return {
      row,
      name: `Name ${row}`,
      state: "pending",
      file: `Name_${row}.mp4`,
      spokenText: `Hello ${row}`,
    };
  });
}

/** A running job with `count` rows. */
export async function startJob(
  jobs: JobStore,
  id: string,
  count: number,
  changes: Partial<NewJob> = {},
): Promise<Job> {
  await jobs.create(newJob(id, changes));
  await jobs.addRecipients(id, newRecipients(count));
  const job = await jobs.begin(id, 1);
  if (!job) throw new Error(`job ${id} did not begin`);
  return job;
}

/** How a made row ended, with every figure there is. */
export function doneResult(row: number, changes: Partial<OutputRecord> = {}): RowResult {
  const file = `Name_${row}.mp4`;
  const record: OutputRecord = {
    row,
    name: `Name ${row}`,
    file,
    state: "done",
    reason: "",
    slot: { start: 1.25, end: 1.75 },
    clipSeconds: 0.5,
    stretch: 1.0625,
    seams: { clickDb: -6.5, loudnessLu: 0.25, noiseFloorDb: 1.5 },
    sizeBytes: 3_000_000_000 + row,
    warnings: ["a quiet voice"],
    key: `key ${row}`,
    ...changes,
  };
  const location = { kind: "file" as const, key: `made/${file}` };
  return { record, output: { location, sizeBytes: 3_000_000_000 + row, crc32: 0xffff_ffff } };
}

export function failedResult(row: number, reason = "the voice failed"): RowResult {
  const record: OutputRecord = {
    row,
    name: `Name ${row}`,
    file: "",
    state: "failed",
    reason,
    slot: null,
    clipSeconds: null,
    stretch: null,
    seams: null,
    sizeBytes: null,
    warnings: [],
    key: "",
  };
  return { record, output: null };
}
