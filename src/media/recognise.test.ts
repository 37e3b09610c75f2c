import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { whisperModel } from "../../test/support/whisper-model.ts";
import { AppError } from "../domain/app-error.ts";
import type { Audio } from "../domain/audio.ts";
import { createMediaEngine } from "./media-engine.ts";

/** Chromium brings a Vulkan loader of its own. */
const LOADERS = ["libvulkan.so.1", "vulkan-1.dll", "/usr/lib/chromium/libvulkan.so.1"];
/** Keeps a library in memory, so that it is found by its name afterwards (dlopen(3), glibc). */
const RTLD_NODELETE = 0x1000;

/** Loads a Vulkan loader into this process; whether there is one to be found. */
function loadVulkan(): boolean {
  if (process.platform === "darwin") return true;
  const flags = constants.dlopen.RTLD_NOW | RTLD_NODELETE;
  return LOADERS.some((library) => {
    try {
      process.dlopen({ exports: {} }, library, flags);
    } catch (thrown) {
      return String(thrown).includes("did not self-register");
    }
    return true;
  });
}

// libav looks for the loader when it is loaded itself.
const skip = loadVulkan() ? false : "the filter needs a Vulkan loader, and there is none";
const { recognise } = await import("./recognise.ts");

let folder: string;
let model: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "recognise "));
  model = join(folder, "it's [a]:model;=,\\.bin");
  writeFileSync(model, whisperModel({ tokens: [" pri", "ya", ' "ann"'], start: 0.2, end: 2 }));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Noise that is silent in the given seconds. */
function sound(seconds: number, silent: [from: number, to: number] = [0, 0], rate = 16_000): Audio {
  const samples = Float32Array.from({ length: seconds * rate }, (_, index) => {
    const isSilent = index >= silent[0] * rate && index < silent[1] * rate;
    return isSilent ? 0 : 0.3 * Math.sin(index * index);
  });
  return { samples, sampleRate: rate };
}

let files = 0;
const listen = (audio: Audio, path = model, language = "en") =>
  recognise({ audio, model: path, language, destination: join(folder, `heard-${++files}:a.json`) });

test("what the filter hears becomes words with their times, whatever the model's path holds", {
  skip,
}, () => {
  const { text, words = [] } = listen(sound(5, [0, 0], 44_100));
  assert.equal(text, 'priya "ann"');
  const [priya, ann] = words;
  assert.ok(priya && ann);
  assert.deepEqual([priya.text, ann.text], ["priya", '"ann"']);
  assert.ok(priya.start === 0.2 && priya.end === ann.start && ann.end === 2);
});

test("a long sound is cut in a pause, and its words keep their places", { skip }, () => {
  const { words = [] } = listen(sound(40, [24, 24.4]));
  const starts = words.filter((word) => word.text === "priya").map((word) => word.start);
  assert.equal(starts.length, 2);
  const second = starts[1] ?? 0;
  assert.ok(second > 24.2 && second < 24.6, `the second window begins at ${second - 0.2} s`);
});

test("no word lies behind the end of a sound", { skip }, () => {
  for (const { end } of listen(sound(1)).words ?? []) assert.ok(end <= 1);
});

test("a file that is no model of whisper.cpp is named", { skip }, () => {
  const cases = {
    missing: undefined,
    garbage: Buffer.from("no model"),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    const path = join(folder, `${name}.bin`);
    if (bytes) writeFileSync(path, bytes);
    assert.throws(() => listen(sound(1), path), {
      code: "RECOGNITION_FAILED",
      message: new RegExp(`${name}\\.bin cannot be loaded as a model of whisper\\.cpp`),
    });
  }
});

test("a worker writes down a sound, or says what its machine lacks, and leaves no file behind", async () => {
  const media = createMediaEngine({ workers: 1 });
  const leftOver = () =>
    readdirSync(tmpdir()).filter((name) => name.startsWith("vocative-recognise-"));
  const before = leftOver();
  try {
    const request = { model, language: "en" };
    const { signal } = new AbortController();
    const outcome = await media
      .transcribe(sound(2), request, { signal })
      .catch((thrown: unknown) => thrown);
    if (outcome instanceof AppError) {
      assert.equal(outcome.code, "RECOGNITION_FAILED");
      assert.match(outcome.message, /needs libvulkan\.so\.1, which is not installed: install it/);
    } else assert.deepEqual(Object.keys(outcome as object), ["text", "words"]);
    assert.equal(media.stats().deaths, 0, "the worker lives on");
    const aborted = media.transcribe(sound(2), request, { signal: AbortSignal.abort() });
    await assert.rejects(aborted, { code: "CANCELLED" });
    assert.deepEqual(leftOver(), before);
    assert.ok(existsSync(model));
  } finally {
    await media.close();
  }
});
