import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { LONG_BASE, madeBase } from "./made-base.ts";
import { measureQueue } from "./service/drain-queue.ts";
import { measurePair } from "./service/measure-pair.ts";
import { measurePreviews } from "./service/measure-previews.ts";
import { measureLoad } from "./service/poll-load.ts";
import type { Keeps } from "./service/serve-job.ts";
import { diskBar, loadBars, pairBar } from "./service/service-bars.ts";
import {
  barsTable,
  diskTable,
  loadTable,
  pairTable,
  previewTable,
  queueTable,
} from "./service/service-tables.ts";

/**
 * `npm run bench`: what the service adds to a campaign, beside the same campaign on the command line
 * in the same run; its disk, its answers under load, its queue, previews and downloads.
 */
const { values: flags } = parseArgs({
  options: {
    recipients: { type: "string", default: "1000" },
    rounds: { type: "string", default: "3" },
    /** Rows of the queue's job without work. */
    rows: { type: "string", default: "100000" },
    /** Where the figures go as JSON. */
    json: { type: "string" },
    /** The disk to work on; with 1,000 recipients it needs 20 GB for the whole files. */
    folder: { type: "string", default: path.join(tmpdir(), "vocative-bench") },
  },
});

const MEDIA_WORKERS = 2;
const TASKS = 10_000;
/** As eager clients poll, and as fast as they are answered. */
const PAUSES_MS = [250, 0];

const recipients = count(flags.recipients, "recipients");
const rounds = count(flags.rounds, "rounds");
const rows = count(flags.rows, "rows");
await mkdir(flags.folder, { recursive: true });
const work = await mkdtemp(path.join(flags.folder, "service-"));
const inside = (name: string) => path.join(work, name);
try {
  progress("making the base, unless an earlier run has");
  const base = await madeBase(LONG_BASE, path.join(flags.folder, "bases"));
  const common = { base: base.file, mediaWorkers: MEDIA_WORKERS };
  const pair = (keeps: Keeps) =>
    measurePair({
      ...common,
      folder: inside(keeps),
      recipients,
      keeps,
      rounds,
      onProgress: progress,
    });
  const renditions = await pair("renditions");
  const files = await pair("files");
  progress("polling while renders run");
  const load = await measureLoad({
    ...common,
    folder: inside("load"),
    recipients,
    pausesMs: PAUSES_MS,
  });
  progress("previews");
  const previews = await measurePreviews({ ...common, folder: inside("previews") });
  progress("the queue");
  const queue = await measureQueue({ folder: inside("queue"), rows, tasks: TASKS });
  progress("");
  const bars = [
    pairBar(renditions),
    pairBar(files),
    diskBar(renditions, base.sizeBytes),
    ...loadBars(load),
  ];
  for (const one of [renditions, files]) print(pairTable(one));
  print(diskTable(renditions, base.sizeBytes));
  print(loadTable(load));
  print(previewTable(previews));
  print(queueTable(queue));
  print(barsTable(bars));
  if (flags.json !== undefined) {
    const machine = { platform: process.platform, cores: cpus().length, node: process.version };
    const results = { machine, base, renditions, files, load, previews, queue, bars };
    await writeFile(flags.json, `${JSON.stringify(results, null, 2)}\n`);
  }
} finally {
  await rm(work, { recursive: true, force: true });
}

function count(text: string, flag: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`--${flag} is ${JSON.stringify(text)}: give a whole number from 1 on`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`);
}

/** On a terminal only, on one line. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
