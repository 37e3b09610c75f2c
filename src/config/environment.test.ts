import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { AppError } from "../domain/app-error.ts";
import { readEnvironment } from "./environment.ts";

test("without any variable everything has its default", () => {
  assert.deepEqual(readEnvironment({ PATH: "/bin" }), {
    dataDir: path.resolve("backend_data"),
    mediaWorkers: undefined,
    mediaMemoryBytes: 1536 * 2 ** 20,
    ttsTimeoutMs: 60_000,
  });
});

test("an empty variable counts as not set", () => {
  assert.deepEqual(
    readEnvironment({ VIDX_DATA_DIR: "", VOCATIVE_MEDIA_WORKERS: "" }),
    readEnvironment({}),
  );
});

test("numbers are read from their text, and folders made absolute", () => {
  const { dataDir, mediaWorkers, mediaMemoryBytes } = readEnvironment({
    VIDX_DATA_DIR: "data",
    VOCATIVE_MEDIA_WORKERS: "3",
    VOCATIVE_MEDIA_MEMORY_MB: "512",
  });
  assert.equal(dataDir, path.resolve("data"));
  assert.equal(mediaWorkers, 3);
  assert.equal(mediaMemoryBytes, 512 * 2 ** 20);
});

test("all invalid variables are named at once", () => {
  const variables = { VOCATIVE_MEDIA_WORKERS: "many", VOCATIVE_MEDIA_MEMORY_MB: "-1" };
  assert.throws(
    () => readEnvironment(variables),
    (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, "INVALID_OPTION");
      assert.match(error.message, /VOCATIVE_MEDIA_WORKERS: .*VOCATIVE_MEDIA_MEMORY_MB: /);
      return true;
    },
  );
});

test("fractions and what lies beyond the limits are refused", () => {
  for (const [name, value] of [
    ["VOCATIVE_MEDIA_WORKERS", "0"],
    ["VOCATIVE_MEDIA_WORKERS", "65"],
    ["VOCATIVE_MEDIA_WORKERS", "1.5"],
    ["VOCATIVE_MEDIA_MEMORY_MB", "255"],
    ["VOCATIVE_TTS_TIMEOUT_MS", "0"],
  ] as const) {
    assert.throws(() => readEnvironment({ [name]: value }), {
      code: "INVALID_OPTION",
      message: new RegExp(name),
    });
  }
});
