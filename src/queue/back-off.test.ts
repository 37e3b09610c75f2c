import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, type ErrorCode } from "../domain/app-error.ts";
import { backOffMs, mayPass } from "./back-off.ts";

test("waits double from one second to five minutes", () => {
  const waits = [1, 2, 3, 4, 9, 10, 300, 5000].map((failures) => backOffMs(failures, 0));
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 256_000, 300_000, 300_000, 300_000]);
});

test("chance shortens a wait by half at most", () => {
  assert.deepEqual(
    [0, 0.5, 1].map((random) => backOffMs(2, random)),
    [2000, 1500, 1000],
  );
});

test("failures of the machine, a child or a provider may pass, and those of the request do not", () => {
  const passes = (code: ErrorCode, retryable = false) =>
    mayPass(new AppError(code, "no", { retryable }));
  const passing = ["DISK_FULL", "WORKER_CRASHED", "WORKER_TIMEOUT", "WORKER_MEMORY", "OVERLOADED"];
  for (const code of [...passing, "SPEECH_FAILED", "OUTGOING_FAILED", "INTERNAL"]) {
    assert.ok(passes(code as ErrorCode), code); // all of them are codes
  }
  assert.ok(!passes("NO_SPEECH"));
  assert.ok(passes("NO_SPEECH", true));
});
