import assert from "node:assert/strict";
import { test } from "node:test";
import type { Picture } from "../../domain/face.ts";
import { fitPicture } from "./fit-picture.ts";

/** A picture whose red grows to the right and whose green grows downwards. */
function ramp(width: number, height: number): Picture {
  const pixels = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) pixels.set([2 * x, 2 * y, 77], 3 * (y * width + x));
  }
  return { width, height, pixels };
}

const pixelOf = ({ width, pixels }: Picture, x: number, y: number) => [
  ...pixels.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];

test("a part of the picture's own size is copied, landmarks move with it", () => {
  const part = { left: 20, top: 10, width: 30, height: 40 };
  const fitted = fitPicture(ramp(100, 100), new Float32Array([25, 30, 20, 10]), {
    part,
    width: 30,
    height: 40,
  });
  assert.deepEqual(pixelOf(fitted.picture, 0, 0), [40, 20, 77]);
  assert.deepEqual(pixelOf(fitted.picture, 29, 39), [98, 98, 77]);
  assert.deepEqual([...fitted.landmarks], [5, 20, 0, 0]);
});

test("made smaller, a pixel is the mean of those it covers; made larger, between its neighbours", () => {
  const part = { left: 0, top: 0, width: 100, height: 100 };
  const small = fitPicture(ramp(100, 100), new Float32Array([50, 50]), {
    part,
    width: 20,
    height: 20,
  });
  const [red = 0, green = 0] = pixelOf(small.picture, 10, 5);
  assert.ok(Math.abs(red - 104) <= 1 && Math.abs(green - 54) <= 1, `${red} ${green}`);
  assert.deepEqual([...small.landmarks], [10, 10]);
  const large = fitPicture(ramp(100, 100), new Float32Array(), { part, width: 400, height: 400 });
  const reds = Array.from({ length: 400 }, (_, x) => pixelOf(large.picture, x, 200)[0] ?? 0);
  assert.ok(
    reds.every(
      (value, i) => i === 0 || (value >= (reds[i - 1] ?? 0) && value - (reds[i - 1] ?? 0) <= 1),
    ),
  );
});

test("beyond the picture its edge goes on", () => {
  const part = { left: -50, top: -50, width: 200, height: 200 };
  const { picture } = fitPicture(ramp(100, 100), new Float32Array(), {
    part,
    width: 200,
    height: 200,
  });
  assert.deepEqual(pixelOf(picture, 0, 0), [0, 0, 77]);
  assert.deepEqual(pixelOf(picture, 199, 199), [198, 198, 77]);
});
