import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, isErrorCode, toAppError } from "./app-error.ts";

test("a code decides the HTTP status and the exit code", () => {
  const cancelled = new AppError("CANCELLED", "cancelled");
  assert.deepEqual([cancelled.status, cancelled.exitCode], [499, 130]);
  const full = new AppError("DISK_FULL", "no space");
  assert.deepEqual([full.status, full.exitCode], [507, 1]);
});

test("an error is retryable only when it says so", () => {
  assert.equal(new AppError("SPEECH_FAILED", "busy", { retryable: true }).retryable, true);
  assert.equal(new AppError("SPEECH_FAILED", "refused").retryable, false);
});

test("an error without a cause has no property of that name", () => {
  assert.equal("cause" in new AppError("INTERNAL", "x"), false);
  assert.equal(new AppError("INTERNAL", "x", { cause: 7 }).cause, 7);
});

test("an AppError passes through unchanged, anything else becomes INTERNAL and is kept as cause", () => {
  const known = new AppError("NO_AUDIO", "no audio");
  assert.equal(toAppError(known), known);
  const unknown = new TypeError("x is not a function");
  const wrapped = toAppError(unknown);
  assert.deepEqual(
    [wrapped.code, wrapped.message, wrapped.cause],
    ["INTERNAL", unknown.message, unknown],
  );
  assert.equal(toAppError("plain text").message, "plain text");
});

test("only known codes are codes, not what every object has", () => {
  assert.equal(isErrorCode("DISK_FULL"), true);
  for (const value of ["ENOSPC", "toString", "constructor", "", 5, null]) {
    assert.equal(isErrorCode(value), false);
  }
});
