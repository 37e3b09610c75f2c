import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { whisperModel } from "../../test/support/whisper-model.ts";
import { AppError } from "../domain/app-error.ts";
import type { MediaEngine, TranscriptionRequest } from "../ports/media-engine.ts";
import { createWhisperRecognizer } from "./whisper-recognizer.ts";

const { signal } = new AbortController();
const MODEL = whisperModel({ tokens: [" priya"], start: 0, end: 1 });
const AUDIO = { samples: new Float32Array(16_000), sampleRate: 16_000 };

let folder: string;
let model: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "whisper-"));
  model = join(folder, "ggml-tiny.bin");
  writeFileSync(model, MODEL);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A media engine that hears what the test says. */
function hearing(hear: (request: TranscriptionRequest, call: number) => string) {
  const requests: TranscriptionRequest[] = [];
  const media: Pick<MediaEngine, "transcribe"> = {
    async transcribe(_audio, request) {
      requests.push(request);
      return { text: hear(request, requests.length) };
    },
  };
  return { media, requests };
}

test("a language is asked for by Whisper's own code, and found out when it has none", async () => {
  const { media, requests } = hearing(() => "priya");
  const recognizer = createWhisperRecognizer({ media, model });
  for (const language of ["hi", "en-GB", "zh_CN", "nb", "xx", ""]) {
    assert.equal((await recognizer.transcribe(AUDIO, { language, signal })).text, "priya");
  }
  assert.deepEqual(
    requests.map((request) => request.language),
    ["hi", "en", "zh", "no", "auto", "auto"],
  );
  assert.ok(requests.every((request) => request.model === model));
});

test("nothing to hear and an abort bother no worker", async () => {
  const { media, requests } = hearing(() => "priya");
  const recognizer = createWhisperRecognizer({ media, model });
  const nothing = { samples: new Float32Array(), sampleRate: 16_000 };
  assert.deepEqual(await recognizer.transcribe(nothing, { language: "hi", signal }), { text: "" });
  const aborted = { language: "hi", signal: AbortSignal.abort() };
  await assert.rejects(recognizer.transcribe(AUDIO, aborted), { code: "CANCELLED" });
  assert.equal(requests.length, 0);
});

test("a model that is missing, a folder or something else is told without a worker", async () => {
  const { media, requests } = hearing(() => "priya");
  const other = join(folder, "page.bin");
  writeFileSync(other, "<!doctype html>");
  const cut = join(folder, "cut.bin");
  writeFileSync(cut, MODEL.subarray(0, MODEL.length - 100));
  for (const [path, message] of [
    [join(folder, "none.bin"), /^there is no Whisper model .*none\.bin: download it/],
    [other, /page\.bin is no model of whisper\.cpp \(ggml\): download it/],
    [cut, /cut\.bin is cut off: download it/],
    [folder, /cannot be read \(EISDIR\): check the path/],
  ] as const) {
    const recognizer = createWhisperRecognizer({ media, model: path });
    const failed = { code: "RECOGNITION_FAILED", message };
    await assert.rejects(recognizer.transcribe(AUDIO, { language: "hi", signal }), failed);
  }
  assert.equal(requests.length, 0);
});

test("a model that ends its worker is not tried again for an hour, or until it is replaced", async () => {
  const crash = new AppError("WORKER_CRASHED", "the media worker ended (SIGABRT), twice");
  const { media, requests } = hearing((_request, call) => {
    if (call < 3) throw crash;
    return "priya";
  });
  const moment = { now: 0 };
  const recognizer = createWhisperRecognizer({ media, model, clock: () => moment.now });
  const listen = () => recognizer.transcribe(AUDIO, { language: "hi", signal });
  const failed = { code: "RECOGNITION_FAILED", message: /^the media worker ended .*: download it/ };
  await assert.rejects(listen(), failed);
  await assert.rejects(listen(), failed);
  assert.equal(requests.length, 1, "it was tried once");
  moment.now = 3600_000;
  await assert.rejects(listen(), failed);
  assert.equal(requests.length, 2);
  utimesSync(model, 1, 1);
  assert.equal((await listen()).text, "priya");
});

test("a model that is too large or too slow is told so, and may be tried again", async () => {
  const causes = [
    new AppError("WORKER_MEMORY", "the media worker needed more than 1536 MB of memory, twice"),
    new AppError("WORKER_TIMEOUT", "no media worker was free within 9 s: try again later", {
      retryable: true,
    }),
  ];
  const { media } = hearing((_request, call) => {
    throw causes[call - 1] ?? new Error("no third call");
  });
  const recognizer = createWhisperRecognizer({ media, model });
  const listen = () => recognizer.transcribe(AUDIO, { language: "hi", signal });
  await assert.rejects(listen(), { retryable: false, message: /VOCATIVE_MEDIA_MEMORY_MB$/ });
  await assert.rejects(listen(), { code: "RECOGNITION_FAILED", retryable: true });
});
