import assert from "node:assert/strict";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { AppError } from "../../domain/app-error.ts";
import type { Audio } from "../../domain/audio.ts";
import type { Speech, SpeechRequest } from "../../ports/speech-model.ts";
import type { BatchingSpeechModel } from "../batch/batching-speech-model.ts";
import { type FakeModel, fakeModel, tone } from "../testing/fake-speech.ts";
import { clearSpeechCache, createCachedSpeech } from "./cached-speech.ts";
import { decodeClip } from "./clip-file.ts";

let root = "";
let count = 0;
const newFolder = () => join(root, `cache-${count++}`);
const signal = new AbortController().signal;
const priya = { text: "Priya", language: "hi" };
const toneModel = () => fakeModel(({ text }) => tone({ seconds: 0.1 * text.length }));

before(async () => {
  root = await mkdtemp(join(tmpdir(), "cached-speech-test-"));
});
after(() => rm(root, { recursive: true }));

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

async function onlyFile(folder: string): Promise<string> {
  const files = await filesIn(folder);
  assert.equal(files.length, 1);
  return files[0] ?? "";
}

/** A model that waits with each sound until it is told to make it. */
function heldModel(): {
  model: FakeModel;
  release: () => void;
  begun: Promise<void>;
  aborted: () => boolean;
} {
  const held = Promise.withResolvers<Audio>();
  const begun = Promise.withResolvers<void>();
  let inner: AbortSignal | undefined;
  const model = fakeModel((_, __, given) => {
    inner = given;
    given.addEventListener("abort", () => held.reject(new AppError("CANCELLED", "cancelled")));
    begun.resolve();
    return held.promise;
  });
  const release = () => held.resolve(tone({ seconds: 0.3 }));
  return { model, release, begun: begun.promise, aborted: () => inner?.aborted ?? false };
}

test("a clip that was spoken once comes back the same from another cache on the folder", async () => {
  const folder = newFolder();
  const model = toneModel();
  const speech: Speech = {
    audio: { ...tone({ seconds: 0.5 }), sampleRate: 22_050 },
    voice: "hi",
    phonemes: [{ symbol: "p", start: 0, end: 0.1 }],
    warnings: [{ code: "X", message: "ठ" }],
  };
  model.speak = async () => speech;
  const first = createCachedSpeech(model, { folder });
  assert.deepEqual(await first.speak(priya, { signal }), speech);
  const silent = fakeModel(() => assert.fail("the model is not asked"));
  const second = createCachedSpeech(silent, { folder });
  assert.deepEqual(await second.speak(priya, { signal }), speech);
  assert.deepEqual([first.hits, first.misses, second.hits, second.misses], [0, 1, 1, 0]);
});

test("another text, voice or speed is another clip", async () => {
  const model = toneModel();
  const cached = createCachedSpeech(model, { folder: newFolder() });
  for (const request of [
    priya,
    { ...priya, text: "Asha" },
    { ...priya, voice: "x" },
    { ...priya, speed: 2 },
  ]) {
    await cached.speak(request, { signal });
  }
  assert.equal(model.requests.length, 4);
});

test("a damaged or truncated clip is made anew", async () => {
  for (const damage of [
    (path: string) => truncate(path, 0),
    (path: string) => truncate(path, 10),
    (path: string) => truncate(path, 3000),
    async (path: string) => {
      const bytes = await readFile(path);
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 99) ^ 1, bytes.length - 99);
      await writeFile(path, bytes);
    },
    async (path: string) => {
      const text = (await readFile(path)).toString("latin1");
      await writeFile(path, Buffer.from(text.replace('"voice"', '"vOice"'), "latin1"));
    },
    (path: string) => writeFile(path, "RIFF\u0004\u0000\u0000\u0000WAVE", "latin1"),
  ]) {
    const folder = newFolder();
    const model = toneModel();
    const cached = createCachedSpeech(model, { folder });
    const before = await cached.speak(priya, { signal });
    const path = await onlyFile(folder);
    await damage(path);
    assert.deepEqual(await cached.speak(priya, { signal }), before);
    assert.equal(model.requests.length, 2);
    assert.ok(decodeClip(await readFile(path)), "the new clip has taken the damaged one's place");
  }
});

test("requests for one clip at one time share one synthesis, and none sees another's changes", async () => {
  const { model, release, begun } = heldModel();
  const cached = createCachedSpeech(model, { folder: newFolder() });
  const asked = [1, 2, 3].map(() => cached.speak(priya, { signal }));
  await begun;
  release();
  const speeches = await Promise.all(asked);
  assert.equal(model.requests.length, 1);
  assert.deepEqual([cached.hits, cached.misses], [2, 1]);
  speeches[0]?.audio.samples.fill(0);
  assert.ok(speeches[1]?.audio.samples.some((sample) => sample !== 0));
});

test("who cancels leaves the others their clip; the synthesis ends with the last", async () => {
  const kept = heldModel();
  const cached = createCachedSpeech(kept.model, { folder: newFolder() });
  const [first, second] = [new AbortController(), new AbortController()];
  const leaving = cached.speak(priya, { signal: first.signal });
  const staying = cached.speak(priya, { signal: second.signal });
  await kept.begun;
  first.abort();
  await assert.rejects(leaving, { code: "CANCELLED" });
  assert.equal(kept.aborted(), false);
  kept.release();
  assert.equal((await staying).voice, "fake");

  const left = heldModel();
  const other = createCachedSpeech(left.model, { folder: newFolder() });
  const alone = other.speak(priya, { signal: first.signal }).catch(({ code }) => code);
  assert.equal(await alone, "CANCELLED");
  assert.equal(left.model.requests.length, 0, "cancelled before");
  const third = new AbortController();
  const last = other.speak(priya, { signal: third.signal });
  await left.begun;
  third.abort();
  await assert.rejects(last, { code: "CANCELLED" });
  assert.equal(left.aborted(), true);
});

test("a failure is not kept", async () => {
  const folder = newFolder();
  const model = fakeModel((_, number) => {
    if (number === 1) throw new AppError("SPEECH_FAILED", "busy", { retryable: true });
    return tone({ seconds: 0.3 });
  });
  const cached = createCachedSpeech(model, { folder });
  await assert.rejects(cached.speak(priya, { signal }), { code: "SPEECH_FAILED" });
  assert.equal((await cached.speak(priya, { signal })).voice, "fake");
  await onlyFile(folder);
});

test("a clip that cannot be kept is spoken all the same, with a warning", async () => {
  const folder = join(root, "a-file");
  await writeFile(folder, "");
  const { warnings } = await createCachedSpeech(toneModel(), { folder }).speak(priya, { signal });
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ["CLIP_NOT_CACHED"],
  );
});

/** Speaks two texts in one request, and never the text "Al". */
function batchingModel(beforeBatch: () => Promise<void> = async () => {}) {
  const alone = toneModel();
  const batches: string[][] = [];
  const model: BatchingSpeechModel = {
    ...alone,
    batchesOf: (requests) =>
      Array.from({ length: Math.ceil(requests.length / 2) }, (_, index) =>
        requests.slice(2 * index, 2 * index + 2),
      ),
    async speakMany(batch, { signal: given }) {
      batches.push(batch.map(({ text }) => text));
      await beforeBatch();
      if (given.aborted) throw new AppError("CANCELLED", "cancelled");
      return batch.map(({ text }) =>
        text === "Al" ? null : { audio: tone({ seconds: 0.4 }), voice: "batch", warnings: [] },
      );
    },
  };
  return { model, alone, batches };
}

const asked = (...texts: string[]): SpeechRequest[] =>
  texts.map((text) => ({ text, language: "hi" }));

test("what is prepared comes from batches, each text once, and what a batch misses is spoken alone", async () => {
  const { model, alone, batches } = batchingModel();
  const cached = createCachedSpeech(model, { folder: newFolder() });
  await cached.speak(priya, { signal });
  await cached.prepare?.([...asked("Ed", "Al", "Ed"), priya, ...asked("Zoe")], { signal });
  assert.deepEqual(batches, [["Ed", "Al"], ["Zoe"]]);
  assert.deepEqual([cached.hits, cached.misses], [0, 3]);
  const voices: string[] = [];
  for (const request of asked("Ed", "Zoe", "Al"))
    voices.push((await cached.speak(request, { signal })).voice);
  assert.deepEqual(voices, ["batch", "batch", "fake"]);
  assert.deepEqual([cached.hits, cached.misses], [2, 4]);
  assert.deepEqual(
    alone.requests.map(({ text }) => text),
    ["Priya", "Al"],
  );
  await cached.prepare?.(asked("Ed", "Al", "Zoe"), { signal });
  assert.equal(batches.length, 2, "all are kept now");
});

test("a text that is in a batch under way is not asked for again", async () => {
  const gate = Promise.withResolvers<void>();
  const { model, alone, batches } = batchingModel(() => gate.promise);
  const cached = createCachedSpeech(model, { folder: newFolder() });
  const begun = cached.prepare?.(asked("Ed", "Zoe"), { signal });
  const again = cached.prepare?.(asked("Ed", "Zoe"), { signal });
  while (batches.length === 0) await new Promise(setImmediate);
  const speaking = cached.speak({ text: "Ed", language: "hi" }, { signal });
  const leaving = new AbortController();
  const left = cached.speak({ text: "Zoe", language: "hi" }, { signal: leaving.signal });
  leaving.abort();
  await assert.rejects(left, { code: "CANCELLED" });
  gate.resolve();
  assert.equal((await speaking).voice, "batch");
  await Promise.all([begun, again]);
  assert.deepEqual(batches, [["Ed", "Zoe"]]);
  assert.equal(alone.requests.length, 0);
});

test("a cancelled or failed preparation keeps nothing back, and every text can be spoken", async () => {
  const controller = new AbortController();
  const folder = newFolder();
  await mkdir(folder);
  const { model } = batchingModel(async () => controller.abort());
  const cached = createCachedSpeech(model, { folder });
  const preparing = cached.prepare?.(asked("Ed", "Zoe"), { signal: controller.signal });
  await assert.rejects(preparing ?? Promise.resolve(), { code: "CANCELLED" });
  assert.deepEqual(await filesIn(folder), []);
  const failing = batchingModel(() => Promise.reject(new AppError("SPEECH_REFUSED", "no credit")));
  const other = createCachedSpeech(failing.model, { folder });
  await other.prepare?.(asked("Ed", "Zoe"), { signal });
  for (const one of [cached, other]) {
    const [ed] = asked("Ed");
    assert.ok(ed && (await one.speak(ed, { signal })).voice === "fake");
  }
});

test("a model without batches has nothing to prepare", () => {
  assert.equal(createCachedSpeech(toneModel(), { folder: newFolder() }).prepare, undefined);
});

test("clearing removes the cache's own files and empty folders and nothing else", async () => {
  const folder = newFolder();
  const cached = createCachedSpeech(toneModel(), { folder });
  await cached.speak(priya, { signal });
  const clip = await onlyFile(folder);
  await writeFile(clip.replace(/\.wav$/, ".0b2f0d3c-0000-4000-8000-000000000000.part"), "half");
  await cached.speak({ ...priya, text: "Asha" }, { signal });
  const foreign = join(dirname(clip), "notes.txt");
  const outside = join(root, "outside");
  await mkdir(join(outside, "ab"), { recursive: true });
  const linked = join(outside, "ab", `${"a".repeat(64)}.wav`);
  await writeFile(linked, "mine");
  await writeFile(foreign, "mine");
  await writeFile(join(folder, "recording.wav"), "mine");
  await symlink(join(outside, "ab"), join(folder, "zz"));
  await symlink(join(outside, "ab"), join(folder, "0a")).catch(() => {});
  await symlink(linked, join(dirname(clip), `${"b".repeat(64)}.wav`));

  const cleared = await clearSpeechCache(folder);
  assert.deepEqual(cleared, { clearedDir: folder, removedFiles: 3, removedDirs: 1 });
  assert.equal(await readFile(linked, "utf8"), "mine");
  assert.deepEqual((await filesIn(folder)).sort(), [foreign, join(folder, "recording.wav")].sort());
});

test("clearing a folder that does not exist removes nothing", async () => {
  const folder = newFolder();
  const nothing = { clearedDir: folder, removedFiles: 0, removedDirs: 0 };
  assert.deepEqual(await clearSpeechCache(folder), nothing);
});
