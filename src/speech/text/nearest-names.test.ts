import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestNames } from "./nearest-names.ts";

test("the names that take the fewest changes come first", () => {
  const names = ["french", "hindi", "hi", "de", "german"];
  assert.deepEqual(nearestNames("Hind", names, 2), ["hindi", "hi"]);
});
