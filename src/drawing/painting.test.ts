import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { box, ellipse } from "./outline.ts";
import { createPainting, type Painting, type Stops } from "./painting.ts";

const WHOLE = [box(-50, 0, 100, 100)];
const BLACK_TO_WHITE: Stops = [
  [0, [0, 0, 0]],
  [1, [255, 255, 255]],
];

/** Twenty pixels stand for a hundred units. */
const create = () => createPainting({ size: 20, units: 100 });

function colorAt(painting: Painting, x: number, y: number): number[] {
  const { width, pixels } = painting.picture();
  return [...pixels.slice(3 * (y * width + x)).slice(0, 3)];
}

function assertColor(painting: Painting, expected: number[], [x, y] = [10, 10]): void {
  const actual = colorAt(painting, x ?? 0, y ?? 0);
  const isNear = actual.every((value, i) => Math.abs(value - (expected[i] ?? 0)) <= 1);
  assert.ok(isNear, `${actual} instead of ${expected}`);
}

describe("a painting", () => {
  test("has its middle above x = 0 and its top at y = 0, whatever its size", () => {
    for (const size of [20, 80]) {
      const painting = createPainting({ size, units: 100 });
      painting.paint([box(0, 0, 25, 50)], { color: [250, 0, 0] });
      const red = painting.picture().pixels.filter((value, i) => i % 3 === 0 && value >= 250);
      assert.equal(red.length, size * size * 0.125);
      assertColor(painting, [250, 0, 0], [size / 2, 0]);
    }
  });

  test("covers, glazes and lights as its layers say", () => {
    const painting = create();
    painting.paint(WHOLE, { color: [200, 100, 50] });
    painting.paint(WHOLE, { color: [100, 200, 150], alpha: 0.5 });
    assertColor(painting, [150, 150, 100]);
    painting.paint(WHOLE, { color: [51, 255, 0], blend: "multiply" });
    assertColor(painting, [30, 150, 0]);
    painting.paint(WHOLE, { color: [255, 51, 102], blend: "screen" });
    assertColor(painting, [255, 171, 102]);
  });

  test("shades along a line and from a centre", () => {
    const painting = create();
    painting.paint(WHOLE, { color: { stops: BLACK_TO_WHITE, from: [-50, 0], to: [50, 0] } });
    for (const x of [0, 7, 19]) {
      const level = ((x + 0.5) / 20) * 255;
      assertColor(painting, [level, level, level], [x, 3]);
    }
    const centre = [0, 50] as const;
    painting.paint(WHOLE, { color: { stops: BLACK_TO_WHITE, centre, radius: [25, 50] } });
    const [near, wide, high] = [
      colorAt(painting, 10, 10),
      colorAt(painting, 14, 10),
      colorAt(painting, 10, 14),
    ];
    assert.ok(
      (near[0] ?? 0) < 30 && (wide[0] ?? 0) > 1.8 * (high[0] ?? 0),
      `${near} ${wide} ${high}`,
    );
    assertColor(painting, [255, 255, 255], [0, 10]);
  });

  test("paints nothing outside one mask and nothing inside another", () => {
    const painting = create();
    const bounds = painting.mask([box(-50, 0, 50, 100)]);
    const cut = painting.mask([box(-50, 0, 100, 50)]);
    painting.paint([ellipse(0, 50, 80)], { color: [255, 255, 255], within: bounds, without: cut });
    assertColor(painting, [255, 255, 255], [5, 15]);
    assertColor(painting, [0, 0, 0], [15, 15]);
    assertColor(painting, [0, 0, 0], [5, 5]);
  });

  test("dithers a slow gradient, so that its mean is right where levels are too few", () => {
    const painting = create();
    painting.paint(WHOLE, { color: [100.25, 100.5, 100.75] });
    const { pixels } = painting.picture();
    for (const [channel, expected] of [100.25, 100.5, 100.75].entries()) {
      const values = pixels.filter((_, i) => i % 3 === channel);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      assert.ok(Math.abs(mean - expected) < 0.07, `${mean} instead of ${expected}`);
    }
  });
});
