import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Metric, MetricStore } from "../../src/ports/metric-store.ts";

export type MetricStoreSubject = { metrics: MetricStore; close(): Promise<void> };

/** What every metric store must keep to. `open` is called for each test and gives an empty store. */
export function metricStoreConformance(
  name: string,
  open: () => Promise<MetricStoreSubject>,
): void {
  describe(`${name} is a metric store`, () => {
    let subject: MetricStoreSubject;
    let metrics: MetricStore;
    beforeEach(async () => {
      subject = await open();
      metrics = subject.metrics;
    });
    afterEach(() => subject.close());

    const counted = async (name: string, labels: Metric["labels"]) => {
      const found = (await metrics.all()).filter((metric) => metric.name === name);
      const text = JSON.stringify(Object.entries(labels).toSorted());
      return found.find((one) => JSON.stringify(Object.entries(one.labels).toSorted()) === text)
        ?.value;
    };

    test("increments add up, fractions included", async () => {
      const labels = { state: "done" };
      await metrics.add([{ name: "seconds", labels, value: 1.5 }]);
      await metrics.add([{ name: "seconds", labels, value: 0.25 }]);
      assert.deepEqual(await metrics.all(), [{ name: "seconds", labels, value: 1.75 }]);
    });

    test("one call may raise one counter more than once", async () => {
      const one = { name: "rows", labels: {}, value: 1 };
      await metrics.add([one, one, one]);
      assert.deepEqual(await metrics.all(), [{ ...one, value: 3 }]);
    });

    test("counters differ by name and by labels, whatever the labels' order", async () => {
      await metrics.add([
        { name: "rows", labels: { a: "1", b: "2" }, value: 1 },
        { name: "rows", labels: { b: "2", a: "1" }, value: 10 },
        { name: "rows", labels: { a: "2", b: "1" }, value: 100 },
        { name: "rows", labels: {}, value: 1000 },
        { name: "jobs", labels: { a: "1", b: "2" }, value: 10_000 },
      ]);
      assert.equal((await metrics.all()).length, 4);
      assert.equal(await counted("rows", { a: "1", b: "2" }), 11);
      assert.equal(await counted("rows", { a: "2", b: "1" }), 100);
      assert.equal(await counted("rows", {}), 1000);
      assert.equal(await counted("jobs", { a: "1", b: "2" }), 10_000);
    });

    test("nothing is lost when many add at the same time", async () => {
      const adds = Array.from({ length: 50 }, (_, index) =>
        metrics.add([{ name: "rows", labels: { lane: `${index % 2}` }, value: 1 }]),
      );
      await Promise.all(adds);
      assert.equal(await counted("rows", { lane: "0" }), 25);
      assert.equal(await counted("rows", { lane: "1" }), 25);
    });

    test("adding nothing is no error", async () => {
      await metrics.add([]);
      assert.deepEqual(await metrics.all(), []);
    });
  });
}
