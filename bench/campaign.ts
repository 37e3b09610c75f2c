import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { type Bar, type Campaigns, campaignBars, wayBars, yardstickOf } from "./bars.ts";
import { diskSharesBlocks } from "./copy-way.ts";
import { LONG_BASE, type MadeBase, madeBase, SHORT_BASE } from "./made-base.ts";
import { type CampaignFigures, measureCampaign } from "./measure-campaign.ts";
import { measureWays, ratioByRound, type WayFigures } from "./measure-ways.ts";
import { bytes, milliseconds, table, times } from "./table.ts";
import type { WayName } from "./way.ts";

/**
 * `npm run bench`: what one recipient costs, against full re-encoding and against a plain copy of the
 * base in the same run, and how many recipients a second the command line makes.
 */
const { values: flags } = parseArgs({
  options: {
    /** 10,000 recipients instead of 2,000 for the memory. */
    full: { type: "boolean", default: false },
    /** Where the figures go as JSON. */
    json: { type: "string" },
    /** The disk to work on. */
    folder: { type: "string", default: path.join(tmpdir(), "vocative-bench") },
    rounds: { type: "string", default: "9" },
  },
});

const JOBS = 2;
const CAMPAIGN = { recipients: 1000, repeatedNames: 50 };
const MEMORY = { small: 100, large: flags.full ? 10_000 : 2000 };

const NAMES: Record<WayName, string> = {
  "full-encode": "full re-encode (x264 medium, AAC)",
  "audio-encode": "picture copied, whole sound encoded",
  rendition: "ours, rendition",
  file: "ours, file",
  copy: "copy as the publisher does (FICLONE, fsync)",
  "plain-copy": "copy by read and write (fsync)",
};

const rounds = Math.max(1, Math.trunc(Number(flags.rounds)) || 1);
await mkdir(flags.folder, { recursive: true });
const work = await mkdtemp(path.join(flags.folder, "run-"));
try {
  const long = await make(LONG_BASE);
  const short = await make(SHORT_BASE);
  const sharesBlocks = await diskSharesBlocks(short.file, work);
  const ways = await measureWays({
    bases: [long, short],
    folder: path.join(work, "ways"),
    rounds,
    onProgress: progress,
  });
  const campaigns = await runCampaigns(long);
  progress("");
  const bars = [
    ...wayBars(ways, { long: long.name, short: short.name, sharesBlocks }),
    ...campaignBars(campaigns, availableParallelism()),
  ];
  for (const base of [long, short]) print(waysTable(base, ways, sharesBlocks));
  print(campaignsTable(campaigns));
  print(barsTable(bars));
  if (flags.json !== undefined) {
    const machine = { platform: process.platform, cores: cpus().length, node: process.version };
    const results = { machine, sharesBlocks, bases: [long, short], ways, campaigns, bars };
    await writeFile(flags.json, `${JSON.stringify(results, null, 2)}\n`);
  }
} finally {
  await rm(work, { recursive: true, force: true });
}

async function make(recipe: typeof LONG_BASE): Promise<MadeBase> {
  progress(`making the ${recipe.name} base, unless an earlier run has`);
  return madeBase(recipe, path.join(flags.folder, "bases"));
}

async function runCampaigns(base: MadeBase): Promise<Campaigns> {
  const run = (recipients: number, distinctNames: number): Promise<CampaignFigures> => {
    progress(`a campaign of ${recipients} recipients with ${distinctNames} names`);
    const folder = path.join(work, `campaign-${recipients}-${distinctNames}`);
    return measureCampaign({ base: base.file, folder, recipients, distinctNames, jobs: JOBS });
  };
  return {
    distinct: await run(CAMPAIGN.recipients, CAMPAIGN.recipients),
    repeated: await run(CAMPAIGN.recipients, CAMPAIGN.repeatedNames),
    small: await run(MEMORY.small, MEMORY.small),
    large: await run(MEMORY.large, MEMORY.large),
  };
}

function waysTable(base: MadeBase, ways: WayFigures[], sharesBlocks: boolean): string {
  const yardstick = yardstickOf(ways, base.name, sharesBlocks);
  const note = sharesBlocks
    ? "by read and write, as this disk shares blocks and the publisher's copy costs nothing"
    : "as the publisher does";
  const rows = ways
    .filter((one) => one.base === base.name)
    .map((one) => [
      NAMES[one.way],
      milliseconds(one.wallMs),
      milliseconds(one.cpuMs),
      times(ratioByRound(one.wallMsByRound, yardstick.wallMsByRound)),
      times(ratioByRound(one.cpuMsByRound, yardstick.cpuMsByRound)),
      bytes(one.bytes),
      bytes(one.peakBytes),
      String(one.rounds),
    ]);
  const header = ["", "wall", "CPU", "wall × copy", "CPU × copy", "bytes", "peak memory", "rounds"];
  return [
    `${base.name} base (${base.width} × ${base.height}, ${bytes(base.sizeBytes)}), per recipient, medians; × copy: ${note}`,
    table(header, rows),
  ].join("\n");
}

function campaignsTable(campaigns: Campaigns): string {
  const rows = Object.values(campaigns).map((one) => {
    const cpu = Object.values(one.usage?.cpuMs ?? {}).reduce((sum, ms) => sum + ms, 0);
    const share = (module: string): string => {
      const spent = one.usage?.cpuMs[module];
      return spent === undefined ? "–" : milliseconds(spent / one.recipients);
    };
    return [
      `${one.recipients} recipients, ${one.distinctNames} names`,
      `${one.seconds.toFixed(1)} s`,
      one.recipientsPerSecond.toFixed(1),
      one.usage ? milliseconds(cpu / one.recipients) : "–",
      share("main.ts campaign"),
      share("media-worker.ts"),
      share("espeak-worker.ts"),
      one.usage ? bytes(one.usage.peakBytes) : "–",
    ];
  });
  const header = ["", "wall", "a second", "CPU each", "main", "media", "voice", "peak memory"];
  return [
    "The command line from sheet to renditions, embedded voice, nothing cached; start-up and compiling the base included",
    table(header, rows),
  ].join("\n");
}

function barsTable(bars: Bar[]): string {
  const rows = bars.map(({ promise, measured, holds }) => [
    promise,
    measured,
    holds === null ? "not measured" : holds ? "PASS" : "MISS",
  ]);
  return table(["Promise", "measured", ""], rows);
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`);
}

/** On a terminal only, on one line. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
