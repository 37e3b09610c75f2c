import type { Metric } from "../../ports/metric-store.ts";
import type { QueueStats } from "../../ports/task-queue.ts";

/**
 * The service's figures in Prometheus' text format (version 0.0.4).
 * @param sample Null when nobody could tell them: then the text says so.
 */
export function sampledMetrics(sample: { queue: QueueStats; metrics: Metric[] } | null): string {
  const up = family("vocative_sample_up", "gauge", "Whether the queue's figures are known", [
    { labels: {}, value: sample ? 1 : 0 },
  ]);
  if (!sample) return up;
  const { queue, metrics } = sample;
  const tasks = (["ready", "delayed", "leased"] as const).flatMap((state) =>
    Object.entries(queue[state]).map(([kind, value]) => ({ labels: { state, kind }, value })),
  );
  return [
    up,
    family("vocative_queue_tasks", "gauge", "Tasks by state and kind", tasks),
    family("vocative_queue_lag_seconds", "gauge", "How long the oldest ready task has waited", [
      { labels: {}, value: queue.lagMs / 1000 },
    ]),
    family("vocative_queue_dead_tasks", "gauge", "Tasks that failed for good", [
      { labels: {}, value: queue.dead },
    ]),
    ...counters(metrics),
  ].join("");
}

type Sample = { labels: Record<string, string>; value: number };

function counters(metrics: readonly Metric[]): string[] {
  const byName = Map.groupBy(metrics, ({ name }) => metricName(name));
  return [...byName].map(([name, samples]) =>
    family(name, "counter", "Counted since the start of the service", samples),
  );
}

/** `recipients_done_total` is told as `vocative_recipients_done_total`. */
function metricName(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_]/gu, "_");
  return plain.startsWith("vocative_") ? plain : `vocative_${plain}`;
}

function family(name: string, type: "gauge" | "counter", help: string, samples: Sample[]): string {
  const lines = samples.map(({ labels, value }) => `${name}${labelText(labels)} ${value}`);
  return `${[`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join("\n")}\n`;
}

function labelText(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    const plain = name.replaceAll(/[^A-Za-z0-9_]/gu, "_");
    return `${plain}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
  });
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
