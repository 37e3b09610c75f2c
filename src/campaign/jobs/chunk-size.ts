import type { Metric, MetricStore } from "../../ports/metric-store.ts";
import type { CampaignOptions } from "../campaign-options.ts";

/** A chunk is to take about this long: little is lost with a worker, and little spent on leases. */
const SECONDS = 2;
const MOST_ROWS = 200;
/** Of a row, as long as none was measured. */
const FIRST_GUESS_SECONDS = 0.04;

const ROWS = "vocative_rows_made_total";
const TIME = "vocative_rows_seconds_total";
const FAILURES = "vocative_rows_failed_total";

type Shape = Pick<CampaignOptions, "insertMode" | "ttsProvider">;

/** How many rows are to be made at a time, by how long such rows took until now. */
export async function chunkSize(
  { metrics }: { metrics: MetricStore },
  options: Shape,
): Promise<number> {
  const labels = JSON.stringify(labelsOf(options));
  const all = await metrics.all();
  const sum = (name: string) =>
    all.find((one) => one.name === name && JSON.stringify(one.labels) === labels)?.value ?? 0;
  const rows = sum(ROWS);
  const average = rows > 0 ? sum(TIME) / rows : FIRST_GUESS_SECONDS;
  return Math.min(MOST_ROWS, Math.max(1, Math.round(SECONDS / average)));
}

/**
 * What a chunk adds to the counters.
 * @param chunk.seconds How long all of it took.
 * @param chunk.failures Code of each row that failed.
 */
export function chunkMetrics(
  options: Shape,
  { rows, seconds, failures }: { rows: number; seconds: number; failures: readonly string[] },
): Metric[] {
  if (rows === 0) return [];
  const labels = labelsOf(options);
  return [
    { name: ROWS, labels, value: rows },
    { name: TIME, labels, value: seconds },
    ...failures.map((code) => ({ name: FAILURES, labels: { ...labels, code }, value: 1 })),
  ];
}

function labelsOf({ insertMode, ttsProvider }: Shape): Record<string, string> {
  return { provider: ttsProvider, tier: insertMode };
}
