import type { Bar } from "../bars.ts";
import { ratioByRound } from "../measure-ways.ts";
import { median } from "../median.ts";
import { totalBytes } from "./disk-parts.ts";
import type { PairFigures } from "./measure-pair.ts";
import type { LoadFigures } from "./poll-load.ts";
import { totalCpuMs } from "./serve-job.ts";

const HTTP_OF_COMMAND = 1.2;
const BYTES_PER_RECIPIENT = 25_000;
const P99_MS = 100;
/** The one server error that a server under load may answer with. */
const OVERLOADED = 503;

/** Time until the job is done, as the command line has no download. */
export function pairBar({ recipients, keeps, rounds }: PairFigures): Bar {
  const ratio = ratioByRound(
    rounds.map(({ served }) => served.doneSeconds),
    rounds.map(({ command }) => command.seconds),
  );
  return {
    promise: `${recipients} recipients as ${keeps}: from upload to done at most ${HTTP_OF_COMMAND} × the command line`,
    measured: `${ratio.toFixed(2)} ×${cpuRatio(rounds)}`,
    holds: ratio <= HTTP_OF_COMMAND,
  };
}

function cpuRatio(rounds: PairFigures["rounds"]): string {
  const served = rounds.flatMap(({ served }) => totalCpuMs(served.usage) ?? []);
  const command = rounds.flatMap(({ command }) => totalCpuMs(command.usage) ?? []);
  return served.length === 0 ? "" : `; ${ratioByRound(served, command).toFixed(2)} × its CPU time`;
}

export function diskBar({ recipients, rounds }: PairFigures, baseBytes: number): Bar {
  const all = median(rounds.map(({ served }) => totalBytes(served.disk)));
  const each = (all - baseBytes) / recipients;
  return {
    promise: `as renditions: data folder − base at most ${BYTES_PER_RECIPIENT / 1000} KB a recipient`,
    measured: `${(each / 1000).toFixed(1)} KB`,
    holds: each <= BYTES_PER_RECIPIENT,
  };
}

/** Polling without a pause tells what the server can answer at most, and has no bar. */
export function loadBars(load: readonly LoadFigures[]): Bar[] {
  const paced = load.filter(({ pauseMs }) => pauseMs > 0);
  return paced.map(({ connections, streams, pauseMs, polled }) => {
    const { latencyMs, statuses } = polled;
    const refused = Object.keys(statuses)
      .map(Number)
      .filter((status) => status === 429 || (status >= 500 && status !== OVERLOADED));
    return {
      promise: `${connections} connections polling every ${pauseMs} ms, ${streams} streams: p99 < ${P99_MS} ms, no 429, no 5xx but ${OVERLOADED}`,
      measured: `${latencyMs.p99.toFixed(1)} ms${refused.length > 0 ? `, ${refused.join(", ")}` : ""}`,
      holds: latencyMs.p99 < P99_MS && refused.length === 0,
    };
  });
}
