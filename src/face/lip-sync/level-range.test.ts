import assert from "node:assert/strict";
import { test } from "node:test";
import type { Yuv420 } from "../portrait/planes.ts";
import { toFullRange, toLimitedRange } from "./level-range.ts";

const ALL: Yuv420 = {
  ...{ width: 16, height: 16, y: Uint8Array.from({ length: 256 }, (_, level) => level) },
  ...{ u: new Uint8Array(64).fill(255), v: new Uint8Array(64).fill(128) },
};

test("black, white and grey of full range become those of limited range", () => {
  const { y, u, v } = toLimitedRange(ALL);
  assert.deepEqual([y[0], y[255], v[0], u[0]], [16, 235, 128, 240]);
});

test("there and back again no level is more than one off", () => {
  const { y, u, v } = toFullRange(toLimitedRange(ALL));
  const off = y.map((level, i) => Math.abs(level - i));
  assert.equal(Math.max(...off), 1);
  assert.deepEqual([y[0], y[255], u[0], v[0]], [0, 255, 255, 128]);
});
