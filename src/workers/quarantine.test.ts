import assert from "node:assert/strict";
import { test } from "node:test";
import { createQuarantine } from "./quarantine.ts";

const CRASH = { code: "WORKER_CRASHED", reason: "ended (SIGSEGV)" } as const;

function quarantineAt(moment: { now: number }, capacity = 100) {
  return createQuarantine({ durationMs: 1000, capacity, clock: () => moment.now });
}

test("a key is held for its time and no longer; a second offence begins it anew", () => {
  const moment = { now: 5 };
  const quarantine = quarantineAt(moment);
  quarantine.add("a", CRASH);
  moment.now = 1004;
  assert.deepEqual(quarantine.causeOf("a"), CRASH);
  assert.equal(quarantine.causeOf("b"), undefined);
  quarantine.add("a", CRASH);
  moment.now = 2003;
  assert.deepEqual(quarantine.causeOf("a"), CRASH);
  moment.now = 2004;
  assert.equal(quarantine.causeOf("a"), undefined);
});

test("a key too many takes the place of the one that was added first", () => {
  const quarantine = quarantineAt({ now: 0 }, 2);
  for (const key of ["a", "b", "a", "c"]) quarantine.add(key, CRASH);
  assert.deepEqual(
    ["a", "b", "c"].filter((key) => quarantine.causeOf(key) !== undefined),
    ["a", "c"],
  );
});
