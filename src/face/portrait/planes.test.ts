import assert from "node:assert/strict";
import { test } from "node:test";
import { createPlanes, planesOf, writeColour, writeLevels } from "./planes.ts";

test("black, white and the primary colours have the levels of BT.709 in limited range", () => {
  const levels = (red: number, green: number, blue: number) => {
    const pixels = new Uint8Array(12).map((_, at) => [red, green, blue][at % 3] ?? 0);
    const { y, u, v } = planesOf({ width: 2, height: 2, pixels });
    assert.deepEqual([y.length, u.length, v.length], [4, 1, 1]);
    return [y[3], u[0], v[0]];
  };
  assert.deepEqual(levels(0, 0, 0), [16, 128, 128]);
  assert.deepEqual(levels(255, 255, 255), [235, 128, 128]);
  assert.deepEqual(levels(255, 0, 0), [63, 102, 240]);
  assert.deepEqual(levels(0, 255, 0), [173, 42, 26]);
  assert.deepEqual(levels(0, 0, 255), [32, 240, 118]);
});

test("a picture of odd sides has chroma for its last column and row, of the pixels there are", () => {
  const pixels = new Uint8Array(27);
  pixels.set([255, 0, 0], 24);
  const { u, v, y } = planesOf({ width: 3, height: 3, pixels });
  assert.deepEqual([...u], [128, 128, 128, 102]);
  assert.deepEqual([...v], [128, 128, 128, 240]);
  assert.equal(y[8], 63);
  const { u: chroma } = createPlanes(3, 5);
  assert.equal(chroma.length, 6);
});

test("the colour of a colour's levels is that colour, and levels of none are clipped", () => {
  const levels = { y: 0, u: 0, v: 0 };
  const colour = { red: 0, green: 0, blue: 0 };
  for (const [red, green, blue] of [
    ...[
      [0, 0, 0],
      [255, 255, 255],
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
    ],
    ...[
      [222, 178, 150],
      [12, 200, 90],
      [130, 5, 77],
    ],
  ] as [number, number, number][]) {
    writeLevels({ red, green, blue }, levels);
    const pixels = Uint8Array.of(red, green, blue);
    const { y, u, v } = planesOf({ width: 1, height: 1, pixels });
    assert.deepEqual([y[0], u[0], v[0]], [levels.y, levels.u, levels.v].map(Math.round));
    writeColour(levels, colour);
    for (const [found, expected] of [
      ...[
        [colour.red, red],
        [colour.green, green],
        [colour.blue, blue],
      ],
    ] as [number, number][]) {
      assert.ok(Math.abs(found - expected) < 1e-9, `${found}, not ${expected}`);
    }
  }
  writeColour({ y: 235, u: 16, v: 240 }, colour);
  assert.equal(colour.red, 255);
  assert.ok(colour.blue > 0 && colour.blue < 60);
  writeColour({ y: 16, u: 16, v: 128 }, colour);
  assert.deepEqual([colour.red, colour.blue], [0, 0]);
});
