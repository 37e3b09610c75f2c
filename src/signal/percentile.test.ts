import assert from "node:assert/strict";
import { test } from "node:test";
import { percentile } from "./percentile.ts";

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
