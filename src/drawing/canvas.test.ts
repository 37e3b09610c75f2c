import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createCanvas } from "./canvas.ts";
import { box, ellipse, type Outline, ring, stroke } from "./outline.ts";

const AT = { scale: 1, x: 0, y: 0 };

/** Painted area in pixels, of white on black. */
function areaOf(outline: Outline, placement = AT): number {
  const canvas = createCanvas(100, 80);
  canvas.fill(outline, { color: [255, 255, 255] }, placement);
  return canvas.pixels.reduce((sum, value) => sum + value, 0) / (3 * 255);
}

function assertArea(actual: number, expected: number): void {
  assert.ok(Math.abs(actual / expected - 1) < 0.01, `${actual} instead of ${expected}`);
}

describe("a canvas", () => {
  test("covers as many pixels as the outline has, with soft edges", () => {
    assertArea(areaOf([ellipse(50.3, 40.7, 30)]), Math.PI * 30 ** 2);
    assertArea(areaOf([box(10.5, 20.25, 30.5, 10.5)]), 30.5 * 10.5);
    assertArea(areaOf([box(10, 20, 30, 10, 4)]), 300 - (4 - Math.PI) * 4 ** 2);
    assertArea(areaOf([[10, 10, 90, 30, 20, 70]]), 0.5 * (80 * 60 - 10 * 20));
  });

  test("a shape may lie half outside", () => {
    assertArea(areaOf([ellipse(0, 0, 30)]), (Math.PI * 30 ** 2) / 4);
    assertArea(areaOf([ellipse(100, 80, 30)]), (Math.PI * 30 ** 2) / 4);
    assert.equal(areaOf([ellipse(300, 300, 30)]), 0);
  });

  test("what overlaps is filled once and a hole stays empty", () => {
    assertArea(areaOf([box(10, 10, 40, 40), box(30, 10, 40, 40)]), 60 * 40);
    assertArea(areaOf(ring(50, 40, 30, 20)), Math.PI * (30 ** 2 - 20 ** 2));
    assertArea(areaOf(stroke([20, 20, 60, 20, 60, 60], 10)), 400 + 400 - 25 + 25 * Math.PI * 1.25);
  });

  test("a placement scales and moves", () => {
    assertArea(areaOf([ellipse(0, 0, 10)], { scale: 2.5, x: 50, y: 40 }), Math.PI * 25 ** 2);
  });

  test("nothing outside the area that fill returns is touched", () => {
    const canvas = createCanvas(100, 80);
    const area = canvas.fill([ellipse(40.2, 30.8, 12.6)], { color: [255, 0, 0] }, AT);
    for (let y = 0; y < 80; y++) {
      for (let x = 0; x < 100; x++) {
        const inside = x >= area.left && x < area.right && y >= area.top && y < area.bottom;
        if (!inside) assert.equal(canvas.pixels[3 * (y * 100 + x)], 0);
      }
    }
    canvas.restore(new Uint8ClampedArray(3 * 100 * 80), area);
    assert.ok(canvas.pixels.every((value) => value === 0));
  });

  test("half transparent paint and shading mix colours", () => {
    const canvas = createCanvas(4, 4);
    const square = [box(0, 0, 4, 4)];
    canvas.fill(square, { color: [0, 0, 0], lower: [200, 100, 50] }, AT);
    assert.deepEqual([...canvas.pixels.slice(-3)], [200, 100, 50]);
    assert.deepEqual([...canvas.pixels.slice(0, 3)], [0, 0, 0]);
    canvas.fill(square, { color: [100, 200, 250], alpha: 0.5 }, AT);
    assert.deepEqual([...canvas.pixels.slice(-3)], [150, 150, 150]);
  });
});
