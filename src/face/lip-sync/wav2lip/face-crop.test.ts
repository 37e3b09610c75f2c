import assert from "node:assert/strict";
import { test } from "node:test";
import { planesOf } from "../../portrait/planes.ts";
import { CROP, CROP_AREA, FACE_LENGTH, MADE_LENGTH, writeFace } from "./face-crop.ts";
import { slowPicture } from "./testing/speaker-picture.ts";

const near = (found: number | undefined, expected: number, within: number, what: string) =>
  assert.ok(Math.abs((found ?? Number.NaN) - expected) <= within, `${what}: ${found}, ${expected}`);

test("a face is blue, green and red in 0..1, first without its lower half and then whole", () => {
  const pixels = new Uint8Array(200 * 200 * 3).map((_, at) => [204, 102, 51][at % 3] ?? 0);
  const out = new Float32Array(2 * FACE_LENGTH).fill(7);
  const box = { left: 20, top: 31, right: 133, bottom: 190 };
  writeFace(planesOf({ width: 200, height: 200, pixels }), box, out, FACE_LENGTH);
  assert.ok(out.subarray(0, FACE_LENGTH).every((value) => value === 7));
  for (const [plane, expected] of [0.2, 0.4, 0.8, 0.2, 0.4, 0.8].entries()) {
    const values = out.subarray(FACE_LENGTH + plane * CROP_AREA).subarray(0, CROP_AREA);
    const hidden = plane < 3 ? CROP_AREA / 2 : CROP_AREA;
    for (const value of values.subarray(0, hidden)) near(value, expected, 0.008, `plane ${plane}`);
    assert.ok(values.subarray(hidden).every((value) => value === 0));
  }
});

test("the box fills the crop: the middle of each of its pixels is met bilinearly", () => {
  const picture = slowPicture({ width: 400, height: 400 });
  picture.u.fill(128);
  picture.v.fill(128);
  const out = new Float32Array(FACE_LENGTH);
  // Twice as large as the crop: each of its pixels lies between four of the picture's.
  writeFace(picture, { left: 101, top: 52, right: 101 + 192, bottom: 52 + 192 }, out, 0);
  for (const [row, column] of [
    ...[
      [0, 0],
      [95, 95],
      [0, 95],
      [33, 71],
    ],
  ] as [number, number][]) {
    const at = (52 + 2 * row) * 400 + 101 + 2 * column;
    const four = [at, at + 1, at + 400, at + 401].map((one) => picture.y[one] ?? 0);
    const mean = four.reduce((sum, one) => sum + one, 0) / 4;
    const grey = (mean - 16) / 219;
    for (const plane of [3, 4, 5]) {
      near(out[plane * CROP_AREA + row * CROP + column], grey, 1e-5, `${row}, ${column}`);
    }
  }
});

test("a box at the picture's edges, of odd sides, takes nothing from beyond it", () => {
  const picture = slowPicture({ width: 61, height: 57 });
  picture.y.fill(235);
  picture.u.fill(128);
  picture.v.fill(128);
  const out = new Float32Array(FACE_LENGTH);
  writeFace(picture, { left: 0, top: 0, right: 61, bottom: 57 }, out, 0);
  for (const value of out.subarray(FACE_LENGTH - MADE_LENGTH)) near(value, 1, 1e-6, "white");
});
