import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { idOf, jobEnd, post } from "../../test/support/job-client.ts";
import { type Server, startServer } from "../../test/support/start-server.ts";
import { writeSheet } from "../made-names.ts";
import { type TreeUsage, watchTree } from "../process-tree.ts";
import { type DiskUse, diskUseOf } from "./disk-parts.ts";
import { type Download, download } from "./download.ts";

export type Keeps = "files" | "renditions";

/** One job through HTTP; times count from the first byte of the upload, seconds. */
export type ServedJob = {
  recipients: number;
  /** Until the upload was answered. */
  acceptedSeconds: number;
  /** Until the stream of events told the end. */
  doneSeconds: number;
  /** Of server, worker and their children until then; null where the system does not tell. */
  usage: TreeUsage | null;
  /** The data folder then. */
  disk: DiskUse;
  /** The whole ZIP, asked for at that moment; null when it was not. */
  zip: (Download & { /** Of the server's processes for it. */ cpuMs: number | null }) | null;
};

/** Runs one job on a server of its own with an empty data folder, which is removed afterwards. */
export async function measureServedJob(request: {
  base: string;
  folder: string;
  recipients: number;
  keeps: Keeps;
  mediaWorkers: number;
  withDownload: boolean;
}): Promise<ServedJob> {
  const { base, folder, recipients, keeps, mediaWorkers, withDownload } = request;
  const server = await startBenchServer({ folder, keeps, mediaWorkers });
  try {
    const sheet = await sheetOf(folder, recipients);
    const watch = watchTree(server.running.pid);
    const start = performance.now();
    const seconds = () => (performance.now() - start) / 1000;
    const id = await startJob(server, { base, sheet });
    const acceptedSeconds = seconds();
    await endOf(server, id, recipients);
    const doneSeconds = seconds();
    const usage = watch.stop();
    const disk = diskUseOf(server.dataDir);
    const zip = withDownload ? await downloadZip(server, id) : null;
    return { recipients, acceptedSeconds, doneSeconds, usage, disk, zip };
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function downloadZip({ url, running }: Server, id: string): Promise<ServedJob["zip"]> {
  const watch = watchTree(running.pid);
  const zip = await download(`${url}/jobs/${id}/download`);
  return { ...zip, cpuMs: totalCpuMs(watch.stop()) };
}

export function startBenchServer(setup: {
  folder: string;
  keeps: Keeps;
  mediaWorkers: number;
}): Promise<Server> {
  return startServer({
    folder: setup.folder,
    env: {
      VOCATIVE_OUTPUTS: setup.keeps,
      VOCATIVE_MEDIA_WORKERS: String(setup.mediaWorkers),
    },
  });
}

/** A sheet of `recipients` different names in a folder, which is made when missing. */
export async function sheetOf(folder: string, recipients: number): Promise<string> {
  await mkdir(folder, { recursive: true });
  const sheet = path.join(folder, "recipients.csv");
  await writeSheet(sheet, recipients, recipients);
  return sheet;
}

/** Uploads a job of the options that the command line is measured with; answers its id. */
export async function startJob(
  { url }: Server,
  { base, sheet }: { base: string; sheet: string },
): Promise<string> {
  const answer = await post(`${url}/jobs`, {
    base_video: { file: base },
    recipients: { file: sheet },
    insert_mode: "gold",
    tts_provider: "espeak",
  });
  return idOf(answer);
}

/** @throws Error unless every recipient was made. */
export async function endOf({ url }: Server, id: string, recipients: number): Promise<void> {
  const { status, error, progress } = await jobEnd(url, id);
  const { done } = progress as { done: number }; // as every job has it
  if (status === "done" && done === recipients) return;
  throw new Error(
    `the job ended as ${status} with ${done} of ${recipients}: ${JSON.stringify(error)}`,
  );
}

export function totalCpuMs(usage: TreeUsage | null): number | null {
  return usage && Object.values(usage.cpuMs).reduce((sum, ms) => sum + ms, 0);
}
