import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { speechModelConformance } from "../../../test/conformance/speech-model.ts";
import type { Audio } from "../../domain/audio.ts";
import { decodeClip, encodeClip } from "../cache/clip-file.ts";
import { tone } from "../testing/fake-speech.ts";
import { createRecordedSpeech } from "./recorded-speech.ts";

let root = "";
const folder = () => join(root, "recordings");
const decoded: string[] = [];

async function decode(path: string, signal: AbortSignal): Promise<Audio> {
  decoded.push(basename(path));
  const clip = decodeClip(await readFile(path));
  signal.throwIfAborted();
  assert.ok(clip, "the file is a clip");
  return clip.audio;
}

async function record(path: string, seconds: number): Promise<void> {
  await writeFile(path, encodeClip({ audio: tone({ seconds }), voice: "", warnings: [] }));
}

before(async () => {
  root = await mkdtemp(join(tmpdir(), "none-test-"));
  await mkdir(folder());
  await mkdir(join(folder(), "Folder.wav"));
  await record(join(root, "outside.wav"), 0.4);
  const files = ["Priya.wav", "प्रिया शर्मा.wav", "Наталья.MP3", "Jose\u0301.wav", "Jean_Luc_P.wav"];
  for (const [index, file] of files.entries())
    await record(join(folder(), file), 0.4 + 0.4 * index);
  await record(join(folder(), "priya.mp3"), 2);
  await writeFile(join(folder(), "Broken.wav"), "RIFF");
});
after(() => rm(root, { recursive: true }));

speechModelConformance("recordings", () => ({
  model: createRecordedSpeech({ folder: folder(), decode }),
  requests: [
    { text: "Priya", language: "hi" },
    { text: "प्रिया शर्मा", language: "hi" },
    { text: "Наталья", language: "ru" },
  ],
  obeysSpeed: false,
}));

describe("recordings", () => {
  const model = () => createRecordedSpeech({ folder: folder(), decode });
  const options = { signal: new AbortController().signal };
  const played = async (text: string) => {
    await model().speak({ text, language: "en" }, options);
    return decoded.at(-1);
  };

  test("a name finds its file without regard to case, composition and surrounding space", async () => {
    assert.equal(await played(" PRIYA "), "Priya.wav");
    assert.equal(await played("josé"), "Jose\u0301.wav");
    assert.equal(await played("наталья"), "Наталья.MP3");
  });

  test("a name finds its file in the form of an output file's name", async () => {
    assert.equal(await played("Jean/Luc (P.)"), "Jean_Luc_P.wav");
  });

  test("a name without a recording says which file to add", async () => {
    await assert.rejects(model().speak({ text: "Asha Rao", language: "en" }, options), {
      code: "SPEECH_FAILED",
      message: /no recording of "Asha Rao" in .*recordings: add "asha_rao\.wav" or choose another/,
    });
  });

  test("no text reaches a file outside the folder, or a folder", async () => {
    for (const text of [
      "../outside",
      "..\\outside",
      join(root, "outside"),
      "folder",
      "..",
      ".",
      "!",
    ]) {
      const speaking = model().speak({ text, language: "en" }, options);
      await assert.rejects(speaking, { code: "SPEECH_FAILED", message: /^no recording of/ }, text);
    }
  });

  test("without a folder, or with one that does not exist, there is no recording", async () => {
    for (const missing of [undefined, join(root, "absent")]) {
      const speaking = createRecordedSpeech({ folder: missing, decode });
      await assert.rejects(speaking.speak({ text: "Priya", language: "hi" }, options), {
        code: "SPEECH_FAILED",
        message: /^no recording of "Priya".*choose another --tts-provider/,
      });
    }
  });

  test("a recording that cannot be read is named", async () => {
    await assert.rejects(model().speak({ text: "Broken", language: "en" }, options), {
      code: "SPEECH_FAILED",
      message: /Broken\.wav cannot be read/,
    });
  });

  test("a recording that is added later is found, and a replaced one has another key", async () => {
    const one = model();
    const request = { text: "Later", language: "en" };
    await assert.rejects(one.speak(request, options), { code: "SPEECH_FAILED" });
    const path = join(folder(), "later.wav");
    await record(path, 0.5);
    // Clocks of file systems are coarse: the folder must be seen to have changed.
    await utimes(folder(), new Date(), new Date(Date.now() + 5000));
    assert.equal((await one.speak(request, options)).audio.samples.length, 8000);
    const key = one.cacheKey(request);
    await record(path, 0.7);
    assert.notEqual(one.cacheKey(request), key);
  });
});
