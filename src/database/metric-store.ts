import type { Metric, MetricStore } from "../ports/metric-store.ts";
import { batchesOf, INSERTED_ROWS } from "./batches.ts";
import type { StoreContext } from "./job-rows.ts";

/** Counters in a database. */
export function createMetricStore({ db }: Pick<StoreContext, "db">): MetricStore {
  return {
    async add(increments) {
      const rows = sumsOf(increments);
      if (rows.length === 0) return;
      await db.transaction().execute(async (trx) => {
        for (const batch of batchesOf(rows, INSERTED_ROWS)) {
          await trx
            .insertInto("metrics")
            .values(batch)
            .onConflict((conflict) =>
              conflict.columns(["name", "labels"]).doUpdateSet(({ eb, ref }) => ({
                value: eb("metrics.value", "+", ref("excluded.value")),
              })),
            )
            .execute();
        }
      });
    },
    async all() {
      const rows = await db
        .selectFrom("metrics")
        .selectAll()
        .orderBy("name")
        .orderBy("labels")
        .execute();
      return rows.map(({ name, labels, value }) => ({ name, labels: JSON.parse(labels), value }));
    },
  };
}

/**
 * One row for each name and set of labels, whatever the labels' order. The rows are in one order for
 * all processes, so that no two of them wait for each other.
 */
function sumsOf(increments: readonly Metric[]) {
  const sums = new Map<string, { name: string; labels: string; value: number }>();
  for (const { name, labels, value } of increments) {
    const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const text = JSON.stringify(Object.fromEntries(sorted));
    const key = JSON.stringify([name, text]);
    const sum = sums.get(key)?.value ?? 0;
    sums.set(key, { name, labels: text, value: sum + value });
  }
  return [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
