import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { AppError } from "../domain/app-error.ts";
import { type Caller, SCOPES } from "../domain/caller.ts";
import type { LanguageModel } from "../ports/language-model.ts";
import type { SpeechModel } from "../ports/speech-model.ts";
import { createAssets } from "./assets.ts";
import type { FullRequest } from "./chat-service.ts";
import type { Wait } from "./clauses.ts";
import { createChatService } from "./create-chat-service.ts";
import { createFileFolder } from "./file-folder.ts";
import { createNamedMedia } from "./named-media.ts";
import type { ChatDependencies } from "./service-dependencies.ts";
import { createSharedEngine } from "./shared-engine.ts";
import { createFakeAnimator, createFakeFaces } from "./testing/fake-faces.ts";
import {
  createFakeLanguage,
  createFakeVoice,
  fakeAnswer,
  fakeSpeech,
} from "./testing/fake-models.ts";
import { createVideoStreams } from "./video-streams.ts";

let root = "";
before(async () => {
  root = await mkdtemp(path.join(tmpdir(), "chat-service-test-"));
});
after(() => rm(root, { recursive: true }));

const me: Caller = { tenant: "me", scopes: SCOPES, keyId: null };
const never: Wait = (_ms, signal) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
const { signal } = new AbortController();

const engine = <T extends { close(): Promise<void> }>(loaded: T) =>
  createSharedEngine({ name: "the engine", load: async () => loaded, idleMs: 60_000 });

/** A service over fakes with a folder of its own. */
async function setup(
  changes: Partial<ChatDependencies> & { model?: LanguageModel; speaker?: SpeechModel } = {},
) {
  const folder = await mkdtemp(path.join(root, "one-"));
  await mkdir(path.join(folder, "assets"));
  const outputs = createFileFolder({ root: path.join(folder, "outputs") });
  const assetFolder = createFileFolder({ root: path.join(folder, "assets") });
  const time = { now: Date.now() };
  const clock = () => time.now;
  const assets = createAssets({
    ...{ folder: assetFolder, checkSound: async () => {}, requireConsent: false, clock },
  });
  const { model, speaker, ...others } = changes;
  const language = createFakeLanguage(() => ["One is **here**. ", "Two is there."]);
  const voice = createFakeVoice();
  const faces = createFakeFaces();
  const animator = createFakeAnimator();
  let ids = 0;
  const service = createChatService({
    language: engine(model ?? language),
    voice: engine(speaker ?? voice),
    voiceLike: null,
    languages: async () => new Set(["en", "cmn"]),
    animator: engine(animator),
    faces: engine(faces),
    readSound: async () => fakeSpeech("twenty characters...").audio,
    persona: { name: "A", system: "Be A.", language: "en", portrait: "a.png", greeting: "" },
    ...{ outputs, assets },
    media: createNamedMedia({ outputs, assets: assetFolder, uploads: assets }),
    streams: createVideoStreams({ wait: never }),
    settings: {
      maxTextLength: 100,
      sampleRate: 16_000,
      fps: 25,
      size: 256,
      assetsKeptMs: 7 * 86_400_000,
    },
    clock,
    newId: () => `id-${++ids}`,
    logger: { error: () => {} },
    ...others,
  });
  const made = async () =>
    (await readdir(path.join(folder, "outputs"), { recursive: true }))
      .filter((name) => name.includes("."))
      .sort();
  const bytes = (file: string) => readFile(path.join(folder, "outputs", file));
  const text = async (file: string) => (await bytes(file)).toString();
  const addAsset = (name: string) => writeFile(path.join(folder, "assets", name), "asset");
  return { service, language, voice, faces, animator, time, made, bytes, text, addAsset };
}

const ask = (changes: Partial<FullRequest> = {}): FullRequest => ({
  ...{ prompt: "Hello?", history: [], maxTokens: 100, temperature: 1 },
  ...{ referenceAudio: null, referenceImage: null, language: null },
  ...changes,
});

test("an answer is a text with what it cost, and the model is told the persona", async () => {
  const { service, language } = await setup();
  const { text, tokensUsed, id } = await service.generateText(ask(), { signal });
  assert.deepEqual([text, tokensUsed, id], ["One is **here**. Two is there.", 2, "id-1"]);
  assert.deepEqual(language.asked, [
    {
      system: "Be A.",
      messages: [{ role: "user", text: "Hello?" }],
      maxTokens: 100,
      temperature: 1,
    },
  ]);
});

test("speech is a WAV of the operator's rate, as long as it is said to be", async () => {
  const { service, voice, bytes } = await setup();
  const spoken = await service.generateSpeech(
    me,
    { text: "# Hello 👋 there", language: "zh-cn", referenceAudio: null },
    { signal },
  );
  assert.deepEqual(voice.spoken, [{ text: "Hello there", language: "zh-cn" }]);
  assert.deepEqual(
    [spoken.file, spoken.duration, spoken.sampleRate, spoken.warnings],
    ["audio/id-1.wav", 0.55, 16_000, []],
  );
  const wav = await bytes("audio/id-1.wav");
  assert.deepEqual([wav.readUInt32LE(24), wav.length], [16_000, 44 + 2 * 0.55 * 16_000]);
});

test("what cannot be spoken is the request's fault", async () => {
  const speaker: SpeechModel = {
    ...createFakeVoice(),
    async speak() {
      throw new AppError("SPEECH_FAILED", "no voice speaks it");
    },
  };
  const { service } = await setup({ speaker });
  for (const text of ["...", "x"]) {
    const request = { text, language: "en", referenceAudio: null };
    await assert.rejects(service.generateSpeech(me, request, { signal }), { code: "BAD_REQUEST" });
  }
});

test("a video shows the persona, or the picture that was named, at the rate asked for", async () => {
  const { service, animator, addAsset } = await setup();
  await addAsset("sound.wav");
  await addAsset("face.png");
  const request = { audio: "assets/sound.wav", image: null, fps: 30, enhance: true };
  const made = await service.generateVideo(me, request, { signal });
  assert.deepEqual([made.file, made.duration, made.fps], ["video/id-1.mp4", 1, 30]);
  assert.deepEqual(
    made.warnings.map(({ code }) => code),
    ["ENHANCE_IGNORED"],
  );
  await service.generateVideo(me, { ...request, image: "assets/face.png" }, { signal });
  assert.deepEqual(
    animator.asked.map(({ image, fps, size }) => [path.basename(image ?? ""), fps, size]),
    [
      ["a.png", 30, 256],
      ["face.png", 30, 256],
    ],
  );
});

test("a picture without a face is the request's fault, and its path stays here", async () => {
  const { service, addAsset } = await setup();
  await addAsset("sound.wav");
  await addAsset("blank.png");
  const request = { audio: "assets/sound.wav", image: "assets/blank.png", fps: 25, enhance: false };
  await assert.rejects(service.generateVideo(me, request, { signal }), {
    code: "BAD_REQUEST",
    message: "assets/blank.png cannot be used (no face): send another file",
  });
});

test("a full answer has its text, its sound as long as its video, and captions", async () => {
  const { service, faces, made, text, bytes } = await setup();
  const answer = await service.generateFull(me, ask({ language: "xx" }), { signal });
  assert.equal(answer.text, "One is **here**. Two is there.");
  assert.deepEqual(await made(), ["audio/id-1.wav", "captions/id-1.vtt", "video/id-1.mp4"]);
  assert.equal(
    await text("captions/id-1.vtt"),
    "WEBVTT\n\n00:00:00.000 --> 00:00:00.600\nOne is here.\n\n00:00:00.600 --> 00:00:01.250\nTwo is there.\n",
  );
  // 44 bytes of head and two a sample.
  assert.equal((await bytes("audio/id-1.wav")).length, 44 + 2 * 1.75 * 16_000);
  assert.equal(answer.duration, 1.75);
  assert.deepEqual(faces.events, ["open a.png 25 256"]);
  assert.deepEqual(
    answer.warnings.map(({ code }) => code),
    ["LANGUAGE_UNKNOWN"],
  );
});

test("without a live face the video is made when all is spoken", async () => {
  const { service, animator, made } = await setup({ faces: null });
  const answer = await service.generateFull(me, ask(), { signal });
  assert.equal(answer.duration, 1.25);
  assert.equal(animator.asked[0]?.audio.samples.length, 1.25 * 8000);
  assert.equal((await made()).length, 3);
  await assert.rejects(service.startFull(me, ask()), { code: "BAD_REQUEST" });
});

test("a streamed answer is read from its first byte on, and is a file afterwards", async () => {
  const { service } = await setup();
  const { id } = await service.startFull(me, ask());
  const opened = await service.openStream(id);
  assert.ok("bytes" in opened);
  const bytes = Buffer.concat(await Array.fromAsync(opened.bytes)).toString();
  assert.match(bytes, /^init(<[\d.]+>){2,}$/u);
  const done = await service.openStream(id);
  assert.ok("file" in done && done.file.sizeBytes === 5);
  await assert.rejects(service.openStream("other"), { code: "NOT_FOUND" });
});

test("a failure, or a client that goes away, leaves no files", async () => {
  const gone = new AbortController();
  const model: LanguageModel = {
    ...createFakeLanguage(() => []),
    answer: (_request, call) => {
      const { end } = fakeAnswer([], call.signal);
      async function* text() {
        yield "One is here. Tw";
        gone.abort();
        throw new AppError("CANCELLED", "cancelled");
      }
      return { text: text(), end };
    },
  };
  const { service, made } = await setup({ model });
  await assert.rejects(service.generateFull(me, ask(), { signal: gone.signal }), {
    code: "CANCELLED",
  });
  assert.deepEqual(await made(), []);
});

test("a recording's voice is used where the provider can, else it is told", async () => {
  const own = createFakeVoice();
  const { service, addAsset, voice } = await setup({ voiceLike: async () => own });
  await addAsset("asha.wav");
  const request = { text: "Hello", language: "en", referenceAudio: "assets/asha.wav" };
  assert.deepEqual((await service.generateSpeech(me, request, { signal })).warnings, []);
  assert.deepEqual([own.spoken.length, voice.spoken.length], [1, 0]);
  const other = await setup();
  await other.addAsset("asha.wav");
  const { warnings } = await other.service.generateSpeech(me, request, { signal });
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ["VOICE_NOT_CLONED"],
  );
});

test("what was made is removed after 24 hours", async () => {
  const { service, made, time } = await setup();
  await service.generateFull(me, ask(), { signal });
  time.now += 24 * 3_600_000 - 10_000;
  await service.removeExpired();
  assert.equal((await made()).length, 3);
  time.now += 20_000;
  await service.removeExpired();
  assert.deepEqual(await made(), []);
});
