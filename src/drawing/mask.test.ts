import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { blurred, type Mask, maskOf, within, without } from "./mask.ts";
import { box, ellipse } from "./outline.ts";

const SIZE = { width: 60, height: 40 };
const AT = { scale: 1, x: 0, y: 0 };

const square = (x: number, y: number, side: number) => maskOf([box(x, y, side, side)], AT, SIZE);
const coverOf = ({ values }: Mask) => values.reduce((sum, value) => sum + value, 0);

function valueAt({ area, values }: Mask, x: number, y: number): number {
  const isInside = x >= area.left && x < area.right && y >= area.top && y < area.bottom;
  return isInside ? (values[(y - area.top) * (area.right - area.left) + x - area.left] ?? 0) : 0;
}

function assertNear(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} instead of ${expected}`);
}

describe("a mask", () => {
  test("covers as much as the outline has, also beyond the picture's edge", () => {
    assertNear(coverOf(maskOf([ellipse(30.3, 20.1, 12)], AT, SIZE)), Math.PI * 12 ** 2, 4);
    assertNear(coverOf(maskOf([ellipse(0, 0, 12)], AT, SIZE)), (Math.PI * 12 ** 2) / 4, 1.5);
    assert.equal(coverOf(maskOf([ellipse(300, 20, 12)], AT, SIZE)), 0);
  });

  test("keeps what it covers when it is blurred, in the shape of a Gaussian blur", () => {
    const soft = blurred(maskOf([box(30, -200, 100, 600)], AT, SIZE), 5, SIZE);
    const at = (x: number) => (valueAt(soft, x - 1, 20) + valueAt(soft, x, 20)) / 2;
    // The normal distribution's integral 0, 1 and 2 deviations from the edge.
    for (const [x, expected] of [
      [30, 0.5],
      [25, 0.159],
      [35, 0.841],
      [20, 0.023],
    ] as const) {
      assertNear(at(x), expected, 0.02);
    }
    const dot = square(28, 18, 4);
    assertNear(coverOf(blurred(dot, 2.5, SIZE)), coverOf(dot), 0.01);
  });

  test("does not fade at the picture's edge when it goes on there", () => {
    const soft = blurred(maskOf([box(-50, -50, 80, 200)], AT, SIZE), 4, SIZE);
    assertNear(valueAt(soft, 0, 0), 1, 1e-4);
    assertNear(valueAt(soft, 5, 39), 1, 1e-4);
  });

  test("may be bounded by another and cut by another", () => {
    const [left, right] = [square(10, 10, 10), square(16, 4, 12)];
    assertNear(coverOf(within(left, right)), 4 * 6, 1e-3);
    assertNear(coverOf(without(left, right)), 100 - 4 * 6, 1e-3);
    assert.equal(coverOf(within(left, square(40, 10, 10))), 0);
    assertNear(coverOf(without(left, square(40, 10, 10))), 100, 1e-3);
    assert.equal(coverOf(without(left, square(0, 0, 40))), 0);
  });
});
