import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { maskOf } from "./mask.ts";
import { brush, mirrored, moved, type Polygon, reversed, spline, swelling } from "./outline.ts";

function distanceTo(line: Polygon, x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < line.length; i += 2) {
    least = Math.min(least, Math.hypot((line[i] ?? 0) - x, (line[i + 1] ?? 0) - y));
  }
  return least;
}

function areaOf(polygon: Polygon): number {
  const { values } = maskOf([polygon], { scale: 1, x: 0, y: 0 }, { width: 200, height: 200 });
  return values.reduce((sum, value) => sum + value, 0);
}

describe("a smooth line", () => {
  const points = [20, 20, 60, 30, 90, 80, 40, 120];

  test("runs through all its points and ends with them", () => {
    const line = spline(points);
    for (let i = 0; i < points.length; i += 2) {
      assert.ok(distanceTo(line, points[i] ?? 0, points[i + 1] ?? 0) < 1e-9);
    }
    assert.deepEqual(line.slice(0, 2), [20, 20]);
    assert.deepEqual(line.slice(-2), [40, 120]);
  });

  test("comes back to its start without a corner when it is closed", () => {
    const circle = Array.from({ length: 12 }, (_, i) => {
      const angle = (i / 12) * 2 * Math.PI;
      return [100 + 50 * Math.cos(angle), 100 + 50 * Math.sin(angle)];
    }).flat();
    const line = spline(circle, { closed: true });
    for (let i = 0; i < line.length; i += 2) {
      const radius = Math.hypot((line[i] ?? 0) - 100, (line[i + 1] ?? 0) - 100);
      assert.ok(Math.abs(radius - 50) < 0.3, `radius ${radius}`);
    }
    assert.ok(Math.abs(areaOf(line) / (Math.PI * 50 ** 2) - 1) < 0.01);
  });
});

describe("a brush", () => {
  test("covers the width it is told along the line", () => {
    const line = Array.from({ length: 161 }, (_, i) => [20 + i, 100]).flat();
    assert.ok(Math.abs(areaOf(brush(line, () => 10)) - 1600) < 1);
    assert.ok(Math.abs(areaOf(brush(line, swelling(10))) - (2 / Math.PI) * 1600) < 10);
  });
});

test("lines are moved, mirrored and turned round point by point", () => {
  assert.deepEqual(moved([1, 2, 3, 4], 10, 20), [11, 22, 13, 24]);
  assert.deepEqual(mirrored([1, 2, 3, 4]), [-1, 2, -3, 4]);
  assert.deepEqual(reversed([1, 2, 3, 4, 5, 6]), [5, 6, 3, 4, 1, 2]);
});
