import type { Bar } from "../bars.ts";
import type { CampaignFigures } from "../measure-campaign.ts";
import { ratioByRound } from "../measure-ways.ts";
import { median } from "../median.ts";
import type { TreeUsage } from "../process-tree.ts";
import { bytes, milliseconds, table, times } from "../table.ts";
import { DISK_PARTS, totalBytes } from "./disk-parts.ts";
import type { QueueFigures } from "./drain-queue.ts";
import type { PairFigures } from "./measure-pair.ts";
import type { PreviewFigures, PreviewTimes } from "./measure-previews.ts";
import type { LoadFigures } from "./poll-load.ts";
import { type ServedJob, totalCpuMs } from "./serve-job.ts";

export function pairTable({ recipients, keeps, rounds }: PairFigures): string {
  const commands = rounds.map(({ command }) => command);
  const jobs = rounds.map(({ served }) => served);
  const cpuEach = (usages: (TreeUsage | null)[], module?: string): string => {
    const spent = usages.flatMap((usage) => {
      const ms = module === undefined ? totalCpuMs(usage) : usage?.cpuMs[module];
      return ms ?? [];
    });
    return spent.length === 0 ? "–" : milliseconds(median(spent) / recipients);
  };
  const row = (name: string, wall: number[], usages: (TreeUsage | null)[], modules: string[]) => [
    name,
    seconds(median(wall)),
    (recipients / median(wall)).toFixed(1),
    cpuEach(usages),
    ...modules.map((module) => (module === "" ? "–" : cpuEach(usages, module))),
    bytes(median(usages.map((usage) => usage?.peakBytes ?? Number.NaN))),
  ];
  const commandWall = commands.map(({ seconds }: CampaignFigures) => seconds);
  const jobWall = jobs.map(({ doneSeconds }: ServedJob) => doneSeconds);
  const [media, voice] = ["media-worker.ts", "espeak-worker.ts"];
  const rows = [
    row(
      "command line",
      commandWall,
      commands.map(({ usage }) => usage),
      ["main.ts campaign", "", media, voice],
    ),
    row(
      "HTTP, upload to done",
      jobWall,
      jobs.map(({ usage }) => usage),
      ["main.ts worker", "main.ts serve", media, voice],
    ),
    ["× command line", times(ratioByRound(jobWall, commandWall))],
  ];
  const header = ["", "wall", "a second", "CPU each", "main", "server", "media", "voice", "memory"];
  return [
    `${recipients} recipients as ${keeps}, embedded voice, nothing cached; medians of ${rounds.length} rounds in turn; start-up of the command and of media workers included, both at niceness 10`,
    table(header, rows),
    downloadLine(jobs),
  ].join("\n");
}

function downloadLine(jobs: ServedJob[]): string {
  const accepted = median(jobs.map(({ acceptedSeconds }) => acceptedSeconds));
  const zips = jobs.flatMap(({ zip }) => zip ?? []);
  return [
    `Upload answered after ${seconds(accepted)}.`,
    ...zips.map(
      (zip) =>
        `ZIP of ${bytes(zip.sizeBytes)}: first byte after ${milliseconds(1000 * zip.firstByteSeconds)}, ` +
        `whole after ${seconds(zip.seconds)} (${bytes(zip.sizeBytes / zip.seconds)} a second, ` +
        `${zip.cpuMs === null ? "?" : (zip.cpuMs / 1000).toFixed(1)} s of the server's CPU time).`,
    ),
  ].join(" ");
}

export function diskTable({ recipients, rounds }: PairFigures, baseBytes: number): string {
  const disks = rounds.map(({ served }) => served.disk);
  const rows = [
    ...DISK_PARTS.map((part): [string, number] => [
      part,
      median(disks.map(({ bytes }) => bytes[part])),
    ]),
    ["all − base", median(disks.map(totalBytes)) - baseBytes] as [string, number],
  ].map(([name, size]) => [name, bytes(size), bytes(size / recipients)]);
  const occupied = median(disks.map(({ occupiedBytes }) => occupiedBytes));
  return [
    `Data folder after a job of ${recipients} recipients as renditions (base: ${bytes(baseBytes)}; in whole blocks all of it takes up ${bytes(occupied)})`,
    table(["", "bytes", "a recipient"], rows),
  ].join("\n");
}

export function loadTable(load: readonly LoadFigures[]): string {
  const rows = load.map(({ connections, streams, pauseMs, polled, jobSeconds }) => [
    `${connections} polling ${pauseMs === 0 ? "without a pause" : `every ${pauseMs} ms`}, ${streams} streams`,
    String(polled.requests),
    (polled.requests / polled.seconds).toFixed(0),
    ...[polled.latencyMs.p50, polled.latencyMs.p99, polled.latencyMs.max].map(milliseconds),
    milliseconds(polled.ownDelayMs),
    Object.entries(polled.statuses)
      .map(([status, times]) => `${times} × ${status}`)
      .join(", "),
    String(polled.events),
    seconds(jobSeconds),
  ]);
  const header = [
    "GET /jobs/{id} while renders run",
    "requests",
    "a second",
    "p50",
    "p99",
    "max",
    "poller's lag",
    "statuses",
    "events",
    "job",
  ];
  return table(header, rows);
}

export function previewTable({ cold, warm, count }: PreviewFigures): string {
  const row = (name: string, one: PreviewTimes) => [
    name,
    milliseconds(1000 * one.firstByteSeconds),
    milliseconds(1000 * one.seconds),
  ];
  return table(
    ["POST /previews, 60 s base uploaded each time", "first byte", "whole"],
    [row("first after the start", cold), row(`same base, another name (median of ${count})`, warm)],
  );
}

export function queueTable(queue: QueueFigures): string {
  const rows = [
    [`${queue.rows} rows noted`, `${queue.addedPerSecond.toFixed(0)} rows/s`],
    [
      `the same drained in chunks of ${queue.chunkRows}, without work`,
      `${queue.rowsPerSecond.toFixed(0)} rows/s`,
    ],
    [
      `${queue.tasks} tasks claimed and completed one by one`,
      `${queue.onePerSecond.toFixed(0)} /s`,
    ],
    [
      `claimed ${queue.claimCount} at a time, completed one by one`,
      `${queue.chunkedPerSecond.toFixed(0)} /s`,
    ],
  ];
  return table(["Queue and job store on SQLite, WAL, synchronous=FULL", ""], rows);
}

export function barsTable(bars: readonly Bar[]): string {
  const rows = bars.map(({ promise, measured, holds }) => [
    promise,
    measured,
    holds === null ? "not measured" : holds ? "PASS" : "MISS",
  ]);
  return table(["Promise", "measured", ""], rows);
}

function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} s`;
}
