import assert from "node:assert/strict";
import { test } from "node:test";
import { percentile } from "./percentile.ts";
import { seededRandom } from "./seeded-random.ts";

test("a percentile is the value at its rank, and the values keep their order", () => {
  const values = Float32Array.from({ length: 100 }, (_, i) => (i * 37) % 100);
  const before = values.slice();
  assert.equal(percentile(values, 0), 0);
  assert.equal(percentile(values, 0.03), 3);
  assert.equal(percentile(values, 0.95), 95);
  assert.equal(percentile(values, 1), 99);
  assert.deepEqual(values, before);
});

test("numbers are ordered as numbers", () => {
  assert.equal(percentile([10, 9, -2, 100], 1), 100);
  assert.equal(percentile([10, 9, -2, 100], 0), -2);
});

test("no values have no percentile, and a share beyond 1 is refused", () => {
  assert.ok(Number.isNaN(percentile([], 0.5)));
  assert.throws(() => percentile([1], 95), RangeError);
});

test("every rank is what sorting puts there, whether values repeat, run in order or are no numbers", () => {
  const random = seededRandom(7);
  const lists = [
    Array.from({ length: 200 }, () => random() - 0.5),
    Array.from({ length: 200 }, () => Math.floor(4 * random())),
    Array.from({ length: 200 }, (_, i) => i),
    Array.from({ length: 200 }, (_, i) => 200 - i),
    Array.from({ length: 200 }, () => 3),
    Array.from({ length: 200 }, (_, i) => (i % 9 === 0 ? Number.NaN : random())),
    [Number.POSITIVE_INFINITY, 0, Number.NEGATIVE_INFINITY, 1],
  ];
  for (const list of lists) {
    const sorted = new Float64Array(list).sort();
    const ranks = Array.from(list, (_, rank) => percentile(list, (rank + 0.5) / list.length));
    assert.deepEqual(ranks, [...sorted]);
  }
});
