import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, rm } from "node:fs/promises";
import { setPriority } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { writeSheet } from "./made-names.ts";
import { type TreeUsage, watchTree } from "./process-tree.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const STDERR_SHOWN = 1000;

export type CampaignFigures = {
  recipients: number;
  distinctNames: number;
  /** Of the whole command, from its start to its end, seconds. */
  seconds: number;
  recipientsPerSecond: number;
  /** Null where the system does not tell. */
  usage: TreeUsage | null;
};

/** Runs the command line on a sheet of made names, with an empty cache; what it made is removed. */
export async function measureCampaign(request: {
  base: string;
  folder: string;
  recipients: number;
  distinctNames: number;
  /** Media workers. */
  jobs: number;
  /** Renditions when left out. */
  keep?: "files" | "renditions";
  /** Of the command and its children; 0 when left out. */
  niceness?: number;
}): Promise<CampaignFigures> {
  const {
    base,
    folder,
    recipients,
    distinctNames,
    jobs,
    keep = "renditions",
    niceness = 0,
  } = request;
  await mkdir(folder, { recursive: true });
  const sheet = path.join(folder, "recipients.csv");
  const outputs = path.join(folder, "out");
  await writeSheet(sheet, recipients, distinctNames);
  const options = {
    video: base,
    recipients: sheet,
    "insert-mode": "gold",
    keep,
    outdir: outputs,
    "name-cache-dir": path.join(folder, "names"),
    jobs: String(jobs),
  };
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const start = performance.now();
  const child = spawn(process.execPath, [MAIN, "campaign", ...flags], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, VIDX_DATA_DIR: path.join(folder, "data") },
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-STDERR_SHOWN);
  });
  if (child.pid !== undefined) setPriority(child.pid, niceness);
  const watch = watchTree(child.pid ?? 0);
  const [code] = await once(child, "close");
  const seconds = (performance.now() - start) / 1000;
  const usage = watch.stop();
  const suffix = keep === "files" ? ".mp4" : ".rendition";
  const made = (await readdir(outputs)).filter((name) => name.endsWith(suffix)).length;
  if (code !== 0 || made !== recipients) {
    throw new Error(`the campaign ended with ${code} and ${made} of ${recipients}: ${stderr}`);
  }
  await rm(folder, { recursive: true, force: true });
  const recipientsPerSecond = recipients / seconds;
  return { recipients, distinctNames, seconds, recipientsPerSecond, usage };
}
