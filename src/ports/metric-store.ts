/** One counter; labels as in Prometheus. */
export type Metric = { name: string; labels: Record<string, string>; value: number };

/** Counters that all processes add to, so that any of them can tell the whole. */
export interface MetricStore {
  add(increments: readonly Metric[]): Promise<void>;
  all(): Promise<Metric[]>;
}
