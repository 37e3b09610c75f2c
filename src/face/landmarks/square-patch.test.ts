import assert from "node:assert/strict";
import { test } from "node:test";
import type { Picture } from "../../domain/face.ts";
import { squarePatch } from "./square-patch.ts";

/** Red grows to the right and green downwards, one a pixel, so that a colour tells its place. */
const places: Picture = picture(60, 40, (x, y) => [x, y, 200]);

function picture(
  width: number,
  height: number,
  colour: (x: number, y: number) => [number, number, number],
): Picture {
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    pixels.set(colour(i % width, Math.floor(i / width)), i * 3);
  }
  return { width, height, pixels };
}

const rounded = (values: Float32Array) => [...values].map((value) => Math.round(value * 100) / 100);
/** The middle of its pixel is where the pixel's colour is. */
const square = { x: 20, y: 10, side: 8, angle: 0 };

test("a square of the picture's own scale has the picture's pixels", () => {
  const patch = squarePatch(places, { square, size: 8, outside: "black" });
  assert.deepEqual(rounded(patch).slice(0, 6), [16, 6, 200, 17, 6, 200]);
  assert.deepEqual(rounded(patch).slice(-3), [23, 13, 200]);
});

test("a smaller patch has the means of the picture's pixels, a larger one what is between them", () => {
  const small = squarePatch(places, { square, size: 4, outside: "black" });
  assert.deepEqual(rounded(small).slice(0, 6), [16.5, 6.5, 200, 18.5, 6.5, 200]);
  const large = squarePatch(places, { square, size: 16, outside: "black" });
  assert.deepEqual(rounded(large).slice(0, 6), [15.75, 5.75, 200, 16.25, 5.75, 200]);
});

test("a turned square is upright in its patch", () => {
  const turned = { ...square, angle: Math.PI / 2 };
  const patch = squarePatch(places, { square: turned, size: 8, outside: "black" });
  // Its first row runs down the picture's right side.
  assert.deepEqual(rounded(patch).slice(0, 6), [23, 6, 200, 23, 7, 200]);
});

test("outside the picture it is black, or like the nearest pixel", () => {
  const corner = { x: 0, y: 40, side: 4, angle: 0 };
  const black = squarePatch(places, { square: corner, size: 4, outside: "black" });
  assert.deepEqual(rounded(black).slice(0, 12), [0, 0, 0, 0, 0, 0, 0, 38, 200, 1, 38, 200]);
  const near = squarePatch(places, { square: corner, size: 4, outside: "nearest" });
  assert.deepEqual(rounded(near).slice(-12), [0, 39, 200, 0, 39, 200, 0, 39, 200, 1, 39, 200]);
});

test("fine stripes become grey, not other stripes", () => {
  const stripes = picture(600, 600, (x) => (x % 2 === 0 ? [0, 0, 0] : [255, 255, 255]));
  const whole = { x: 300, y: 300, side: 600, angle: 0 };
  const patch = squarePatch(stripes, { square: whole, size: 300, outside: "black" });
  assert.ok(patch.every((value) => Math.abs(value - 127.5) < 1));
});
