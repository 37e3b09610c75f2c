import assert from "node:assert/strict";
import { test } from "node:test";
import { yawOf } from "./mesh-yaw.ts";
import { madeMesh } from "./testing/made-face.ts";

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-4, `${actual} instead of ${expected}`);

test("a turn to the picture's right is positive, and what the mesh was turned by", () => {
  for (const yaw of [-0.9, -0.3, 0, 0.1, 0.5, 1.2]) near(yawOf(madeMesh({ yaw })), yaw);
});

test("neither the place, the size, a tilt nor a nod of the head changes its yaw", () => {
  const others = { x: 700, y: -20, radius: 31, roll: 1.4, pitch: 0.4 };
  for (const yaw of [-0.6, 0.25]) near(yawOf(madeMesh({ ...others, yaw })), yaw);
});

test("one landmark far off changes the yaw by less than two degrees", () => {
  const mesh = madeMesh({ yaw: 0.3 });
  mesh[61 * 3 + 2] = (mesh[61 * 3 + 2] ?? 0) + 40;
  assert.ok(Math.abs(yawOf(mesh) - 0.3) < (2 * Math.PI) / 180);
});
