import assert from "node:assert/strict";
import { test } from "node:test";
import type { Picture } from "../../domain/face.ts";
import { planesOf } from "../portrait/planes.ts";
import { smallPicture } from "./small-picture.ts";

/** A picture of four coloured quarters. */
function quarters(width: number, height: number): Picture {
  const colours = [
    [230, 30, 40],
    [20, 200, 60],
    [30, 50, 220],
    [240, 240, 240],
  ];
  const pixels = new Uint8Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const quarter = (row < height / 2 ? 0 : 2) + (column < width / 2 ? 0 : 1);
      pixels.set(colours[quarter] ?? [], 3 * (row * width + column));
    }
  }
  return { width, height, pixels };
}

const pixelAt = ({ width, pixels }: Picture, x: number, y: number) =>
  pixels.subarray(3 * (y * width + x), 3 * (y * width + x) + 3);

test("a picture that is small enough keeps its size and its colours", () => {
  const before = quarters(64, 48);
  const { picture, scale } = smallPicture(planesOf(before), 1280);
  assert.deepEqual([picture.width, picture.height, scale], [64, 48, 1]);
  for (const [x, y] of [
    [3, 3],
    [60, 3],
    [3, 45],
    [60, 45],
  ] as const) {
    for (const [channel, level] of pixelAt(picture, x, y).entries()) {
      const own = pixelAt(before, x, y)[channel] ?? 0;
      assert.ok(Math.abs(level - own) <= 3, `${level} at ${x}, ${y} in ${channel}, not ${own}`);
    }
  }
});

test("a large one shows the same at a whole fraction of its size, whichever side is longer", () => {
  for (const [width, height] of [
    [300, 200],
    [200, 300],
    [301, 203],
  ] as const) {
    const before = quarters(width, height);
    const { picture, scale } = smallPicture(planesOf(before), 100);
    assert.ok(Math.max(picture.width, picture.height) <= 100, `${picture.width}`);
    assert.ok(scale === Math.ceil(Math.max(width, height) / 100));
    assert.deepEqual(
      [picture.width, picture.height],
      [Math.floor(width / scale), Math.floor(height / scale)],
    );
    assert.equal(picture.pixels.length, 3 * picture.width * picture.height);
    for (const [x, y] of [
      [5, 5],
      [picture.width - 5, picture.height - 5],
    ] as const) {
      const own = pixelAt(before, x * scale, y * scale);
      const off = pixelAt(picture, x, y).map((level, at) => Math.abs(level - (own[at] ?? 0)));
      assert.ok(Math.max(...off) <= 3, `${x}, ${y} of ${width} × ${height}`);
    }
  }
});

test("levels that no screen can show are clipped, not wrapped around", () => {
  const planes = planesOf({ width: 2, height: 2, pixels: new Uint8Array(12) });
  planes.y.set([0, 255, 235, 16]);
  const { picture } = smallPicture(planes, 10);
  assert.deepEqual([...picture.pixels.subarray(0, 6)], [0, 0, 0, 255, 255, 255]);
});
