import assert from "node:assert/strict";
import { test } from "node:test";
import type { Picture } from "../../domain/face.ts";
import { findSceneCut, sceneFields } from "./scene-cut.ts";

/** A light square at `x` on a ground of a level. */
function picture(x: number, ground: number): Picture {
  const [width, height] = [96, 54];
  const pixels = new Uint8Array(3 * width * height).fill(ground);
  for (let row = 10; row < 44; row++) {
    const from = 3 * (row * width + Math.max(0, Math.round(x)));
    const to = 3 * (row * width + Math.min(width, Math.round(x) + 30));
    if (to > from) pixels.fill(220, from, to);
  }
  return { width, height, pixels };
}

const cutOf = (pictures: readonly Picture[]) => findSceneCut(pictures.map(sceneFields));
const scene = (count: number, x: number, ground: number) =>
  Array.from({ length: count }, (_, i) => picture(x + i / 2, ground));

test("the first picture of another scene is found, wherever it is", () => {
  assert.equal(cutOf([...scene(6, 10, 40), ...scene(6, 10, 120)]), 6);
  assert.equal(cutOf([...scene(6, 0, 40), ...scene(6, 60, 40)]), 6);
  assert.equal(cutOf([...scene(1, 10, 40), ...scene(6, 10, 120)]), 1);
  assert.equal(cutOf([...scene(6, 10, 40), ...scene(1, 10, 120)]), 6);
});

test("motion, a fade and a flash are no cuts", () => {
  assert.equal(cutOf(Array.from({ length: 12 }, (_, i) => picture(5 * i, 40))), null);
  assert.equal(cutOf(Array.from({ length: 12 }, (_, i) => picture(10, 20 + 15 * i))), null);
  assert.equal(cutOf([...scene(5, 10, 40), picture(12, 200), ...scene(5, 13, 40)]), null);
});

test("few pictures, or none, have no cut", () => {
  assert.equal(cutOf([]), null);
  assert.equal(cutOf(scene(1, 10, 40)), null);
});
