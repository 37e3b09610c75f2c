import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, type ErrorCode } from "../../domain/app-error.ts";
import { createRetryLater } from "../../domain/retry-later.ts";
import type { RenderedRecipient } from "../render-recipient.ts";
import { attemptRow } from "./attempt-row.ts";

const MADE = {
  rendered: {
    rendition: { pieces: [], size: 0, crc32: 0, mediaType: "video/mp4" },
    seams: { clickDb: 0, loudnessLu: 0, noiseFloorDb: 0 },
  },
  slot: { start: 1, end: 2, foundBy: "given" as const, confidence: 1 },
  clipSeconds: 1,
  stretch: 1,
  warnings: [],
} satisfies RenderedRecipient;

/** Fails with these codes, one after the other, and succeeds then. */
function failing(...codes: ErrorCode[]) {
  const renderer = {
    calls: 0,
    async render() {
      const code = codes[renderer.calls++];
      if (code) throw new AppError(code, `failed with ${code}`);
      return MADE;
    },
  };
  return renderer;
}

const { signal } = new AbortController();

test("a row whose workers were killed is made all the same", async () => {
  const renderer = failing("WORKER_CRASHED", "WORKER_CRASHED");
  assert.equal(await attemptRow(renderer, "Amit", signal), MADE);
});

test("a row that ends its workers again and again fails", async () => {
  const renderer = failing("WORKER_CRASHED", "WORKER_CRASHED", "WORKER_CRASHED");
  const failure = await attemptRow(renderer, "Amit", signal);
  assert.ok(failure instanceof AppError && failure.code === "WORKER_CRASHED");
  assert.equal(renderer.calls, 3);
});

test("a row is rendered again when another chunk was stopped over the same text", async () => {
  assert.equal(await attemptRow(failing("CANCELLED"), "Amit", signal), MADE);
});

test("a row's own fault is its result, and tried once", async () => {
  const renderer = failing("NAME_TOO_LONG");
  const failure = await attemptRow(renderer, "Amit", signal);
  assert.ok(failure instanceof AppError && failure.code === "NAME_TOO_LONG");
  assert.equal(renderer.calls, 1);
});

test("a passing fault of the voice is tried once more, a second one is the row's result", async () => {
  const passing = (times: number) => {
    const renderer = {
      calls: 0,
      async render() {
        if (++renderer.calls > times) return MADE;
        throw new AppError("SPEECH_FAILED", "answered 503", { retryable: true });
      },
    };
    return renderer;
  };
  assert.equal(await attemptRow(passing(1), "Amit", signal), MADE);
  const often = passing(5);
  const failure = await attemptRow(often, "Amit", signal);
  assert.ok(failure instanceof AppError && failure.code === "SPEECH_FAILED");
  assert.equal(often.calls, 2);
});

test("a voice that asks to wait is no row's result", async () => {
  const render = async () => {
    throw createRetryLater({ notBefore: 5, limit: "speech:elevenlabs" });
  };
  await assert.rejects(attemptRow({ render }, "Amit", signal), {
    code: "OVERLOADED",
    notBefore: 5,
  });
});

test("a full disk and a stopped chunk are no row's result", async () => {
  await assert.rejects(attemptRow(failing("DISK_FULL"), "Amit", signal), { code: "DISK_FULL" });
  const stopped = AbortSignal.abort();
  await assert.rejects(attemptRow(failing("CANCELLED"), "Amit", stopped), { code: "CANCELLED" });
});
