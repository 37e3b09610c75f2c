import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { AppError } from "./app-error.ts";
import { diskError, errorCodeOf } from "./disk-error.ts";

const systemError = (code: string) => Object.assign(new Error(`${code}: failed`), { code });

test("a full disk and a spent quota are DISK_FULL and name the place", () => {
  for (const code of ["ENOSPC", "EDQUOT"]) {
    const error = diskError(systemError(code), "out/Amit.mp4");
    assert.equal(error.code, "DISK_FULL");
    assert.match(error.message, /out\/Amit\.mp4/);
  }
});

test("a missing permission, a file in the way and any other failure say what to do or what happened", () => {
  for (const [code, message] of [
    ["EACCES", /no permission to write out: choose another folder/],
    ["EROFS", /no permission to write out/],
    ["ENOTDIR", /out is not a folder/],
    ["EIO", /cannot write out: EIO: failed/],
  ] as const) {
    const cause = systemError(code);
    const error = diskError(cause, "out");
    assert.equal(error.code, "OUTPUT_UNWRITABLE");
    assert.match(error.message, message);
    assert.equal(error.cause, cause);
  }
});

test("what is an AppError already stays as it is", () => {
  const known = new AppError("CANCELLED", "cancelled");
  assert.equal(diskError(known, "out"), known);
});

test("a folder that is to be made where a file lies is told as no folder", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "disk-error-"));
  try {
    const file = path.join(folder, "a file");
    await writeFile(file, "");
    const cause = await mkdir(path.join(file, "below")).catch((error: unknown) => error);
    assert.match(diskError(cause, file).message, /is not a folder/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("only text counts as a system's code", () => {
  assert.equal(errorCodeOf(systemError("ENOENT")), "ENOENT");
  for (const value of [null, undefined, "ENOENT", { code: 5 }, new Error("x")]) {
    assert.equal(errorCodeOf(value), undefined);
  }
});
