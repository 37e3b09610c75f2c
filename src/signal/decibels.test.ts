import assert from "node:assert/strict";
import { test } from "node:test";
import { fromDb, powerToDb, toDb } from "./decibels.ts";
import { assertNear } from "./test-signals.ts";

test("half the amplitude is 6 dB less, half the power 3 dB", () => {
  assertNear(toDb(0.5), -6.0206, 1e-4);
  assertNear(toDb(-0.5), -6.0206, 1e-4);
  assertNear(powerToDb(0.5), -3.0103, 1e-4);
  assertNear(fromDb(toDb(0.123)), 0.123, 1e-12);
});

test("nothing lies below −120 dB", () => {
  assert.equal(toDb(0), -120);
  assert.equal(powerToDb(0), -120);
  assert.equal(toDb(1e-9), -120);
});
