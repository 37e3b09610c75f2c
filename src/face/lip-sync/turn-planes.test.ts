import assert from "node:assert/strict";
import { test } from "node:test";
import type { Yuv420 } from "../portrait/planes.ts";
import { type Turn, turnBack, turnPlanes } from "./turn-planes.ts";

/** 4 × 2 pixels whose levels are numbers. */
const PICTURE: Yuv420 = {
  ...{ width: 4, height: 2, y: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
  ...{ u: Uint8Array.of(1, 2), v: Uint8Array.of(3, 4) },
};

test("a quarter turn clockwise takes the left column to the top row", () => {
  const { width, height, y, u, v } = turnPlanes(PICTURE, 90);
  assert.deepEqual([width, height], [2, 4]);
  assert.deepEqual([...y], [5, 1, 6, 2, 7, 3, 8, 4]);
  assert.deepEqual(
    [[...u], [...v]],
    [
      [1, 2],
      [3, 4],
    ],
  );
});

test("half a turn reverses all, three quarters take the right column to the top row", () => {
  assert.deepEqual([...turnPlanes(PICTURE, 180).y], [8, 7, 6, 5, 4, 3, 2, 1]);
  const { width, y, u } = turnPlanes(PICTURE, 270);
  assert.deepEqual([width, [...y], [...u]], [2, [4, 8, 3, 7, 2, 6, 1, 5], [2, 1]]);
});

test("a turn is taken back", () => {
  for (const turn of [0, 90, 180, 270] satisfies Turn[]) {
    assert.deepEqual(turnPlanes(turnPlanes(PICTURE, turn), turnBack(turn)), PICTURE);
  }
});
