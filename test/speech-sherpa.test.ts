import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { durationOf } from "../src/domain/audio.ts";
import type { SpeechRequest } from "../src/ports/speech-model.ts";
import { createSherpaSpeech, SHERPA_ENGINE } from "../src/speech/sherpa/sherpa-speech.ts";
import { addVoice, voiceFile } from "../src/speech/sherpa/testing/made-up-models.ts";
import { speechModelConformance } from "./conformance/speech-model.ts";

const LETTERS = "प्रियानमस्तेНатальяльянкаёшибок";
const { signal } = new AbortController();

let models: string;
before(() => {
  models = mkdtempSync(path.join(tmpdir(), "sherpa models "));
  addVoice(models, "vits-made up-en_US", { letters: LETTERS });
  addVoice(models, "vits-other-fr", { sampleRate: 16_000, speakers: 1 });
});
after(() => rmSync(models, { recursive: true, force: true }));

speechModelConformance("a sherpa-onnx model", () => {
  const model = createSherpaSpeech({ models, threads: 1 });
  return {
    model,
    requests: [
      { text: "Priya", language: "en" },
      { text: "Maximiliana Wolkenstein", language: "en" },
      { text: "प्रिया", language: "en" },
      { text: "Наталья", language: "en" },
    ],
    otherVoice: "vits-made up-en_US/1",
    obeysSpeed: true,
    pids: model.pids,
  };
});

describe("sherpa-onnx voices", () => {
  const speaker = () => createSherpaSpeech({ models, threads: 1 });

  test("a voice is a model with a speaker, and each sounds its own way", async () => {
    const model = speaker();
    try {
      assert.deepEqual(model.pids(), [], "no process before the first request");
      const speak = (voice: string, text = "Priya") =>
        model.speak({ text, language: "en", voice }, { signal });
      const [low, high] = [
        await speak("vits-made up-en_US/0"),
        await speak("vits-made up-en_US/1"),
      ];
      assert.ok(crossings(high.audio.samples) > 1.8 * crossings(low.audio.samples));
      assert.equal((await speak("vits-made up-en_US")).voice, "vits-made up-en_US/0");
      const other = await speak("vits-other-fr");
      assert.deepEqual([other.voice, other.audio.sampleRate], ["vits-other-fr", 16_000]);
      assert.equal(model.pids().length, 1, "one process has both models");
    } finally {
      await model.close();
    }
  });

  test("voices are listed without loading a model", async () => {
    const model = speaker();
    const voices = await model.voices({ signal });
    assert.deepEqual(
      voices.map(({ id, languages }) => [id, ...languages]),
      [
        ["vits-made up-en_US/0", "en-US"],
        ["vits-made up-en_US/1", "en-US"],
        ["vits-other-fr", "fr"],
      ],
    );
    assert.deepEqual(model.pids(), []);
    await model.close();
  });

  test("an unknown voice, speaker or language is refused with what there is", async () => {
    const model = speaker();
    const speak = (request: Partial<SpeechRequest>) =>
      model.speak({ text: "Priya", language: "en", ...request }, { signal });
    await assert.rejects(speak({ voice: "vits-othr-fr" }), {
      code: "VOICE_UNKNOWN",
      message: 'no model "vits-othr-fr"; near ones: "vits-other-fr", "vits-made up-en_US"',
    });
    await assert.rejects(speak({ voice: "vits-made up-en_US/2" }), {
      code: "VOICE_UNKNOWN",
      message: 'the model "vits-made up-en_US" has no speaker "2": give 0 to 1',
    });
    await assert.rejects(speak({ text: "성남", language: "ko" }), {
      code: "VOICE_UNKNOWN",
      message: /no model speaks "ko": there are en-US, fr/,
    });
    assert.deepEqual(model.pids(), [], "nothing was loaded for that");
    await model.close();
  });

  test("a text the model has no letters for is refused, and the model goes on", async () => {
    const model = speaker();
    const speak = (text: string) => model.speak({ text, language: "fr" }, { signal });
    await assert.rejects(speak("Ωμέγα"), {
      code: "SPEECH_FAILED",
      message: /the model "vits-other-fr" can speak nothing in "Ωμέγα": give a pronunciation/,
    });
    const pids = model.pids();
    assert.ok(durationOf((await speak("Priya")).audio) > 0);
    assert.deepEqual(model.pids(), pids);
    await model.close();
  });

  test("a cancelled synthesis ends soon, and its process keeps the model for the next one", async () => {
    const model = speaker();
    await model.speak({ text: "Priya", language: "fr" }, { signal });
    const pids = model.pids();
    const controller = new AbortController();
    const text = "a long sentence that goes on and on. ".repeat(100);
    const running = model.speak({ text, language: "fr" }, { signal: controller.signal });
    controller.abort();
    await assert.rejects(running, { code: "CANCELLED" });
    await model.speak({ text: "Priya", language: "fr" }, { signal });
    assert.deepEqual(model.pids(), pids);
    await model.close();
  });

  test("the cache key names the installed engine and changes with the model's files", () => {
    const manifest = fileURLToPath(import.meta.resolve("sherpa-onnx-node/package.json"));
    const { version } = JSON.parse(readFileSync(manifest, "utf8"));
    assert.ok(SHERPA_ENGINE.endsWith(` ${version}`));
    const moment = { now: 0 };
    const model = createSherpaSpeech({ models, clock: () => moment.now });
    const request = { text: "Priya", language: "fr" };
    const key = model.cacheKey(request);
    assert.ok(key.includes(SHERPA_ENGINE) && !key.includes(models));
    writeFileSync(
      path.join(models, "vits-other-fr", "model.onnx"),
      voiceFile({ speakers: 1, sampleRate: 16_000, metadata: { version: 2 } }),
    );
    moment.now = 60_000;
    assert.notEqual(model.cacheKey(request), key);
  });
});

describe("models of sherpa-onnx that speak with a recording's voice", () => {
  let folder: string;
  let recording: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sherpa-clone-"));
    recording = path.join(folder, "meera.wav");
    writeFileSync(recording, "a recording");
    const model = path.join(folder, "zipvoice-en");
    mkdirSync(model);
    for (const file of ["encoder.onnx", "decoder.onnx", "vocos.onnx"]) {
      writeFileSync(path.join(model, file), voiceFile());
    }
    writeFileSync(path.join(model, "tokens.txt"), "a 0\n");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const request = { text: "Priya", language: "en" };
  const audio = { samples: new Float32Array(16_000), sampleRate: 16_000 };

  test("without a recording, or the text a model needs with it, they are refused unloaded", async () => {
    const reference = { path: recording, text: " ", decode: async () => audio };
    for (const options of [{}, { reference }]) {
      const model = createSherpaSpeech({ models: folder, ...options });
      await assert.rejects(model.speak(request, { signal }), {
        code: "SPEECH_FAILED",
        message:
          /"zipvoice-en" speaks with the voice of a recording: give a reference recording and its text/,
      });
      assert.deepEqual(model.pids(), []);
    }
  });

  test("the recording is read once, and one that cannot be read is named", async () => {
    let reads = 0;
    const decode = async (file: string) => {
      assert.equal(file, recording);
      reads += 1;
      if (reads === 1) throw new Error("no sound in it");
      return audio;
    };
    const reference = { path: recording, text: "I am Meera", decode };
    const model = createSherpaSpeech({ models: folder, threads: 1, reference });
    await assert.rejects(model.speak(request, { signal }), {
      code: "SPEECH_FAILED",
      message: /^the reference recording .*meera\.wav cannot be read: no sound in it$/,
    });
    // The model's files are another kind's.
    for (const text of ["Priya", "Ravi"]) {
      await assert.rejects(
        model.speak({ ...request, text }, { signal }),
        /"zipvoice-en" cannot be loaded/,
      );
    }
    assert.equal(reads, 2);
    await model.close();
  });

  test("the cache key changes with the recording and with what is said in it", () => {
    const key = (text: string) =>
      createSherpaSpeech({
        models: folder,
        reference: { path: recording, text, decode: async () => audio },
      }).cacheKey(request);
    const first = key("I am Meera");
    assert.equal(key("I am Meera"), first);
    assert.notEqual(key("I am Ravi"), first);
    writeFileSync(recording, "another recording");
    assert.notEqual(key("I am Meera"), first);
  });
});

describe("models of sherpa-onnx that are bad", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sherpa-bad-"));
    addVoice(folder, "good-en", { speakers: 1 });
    const lacking = addVoice(folder, "lacking-de", { speakers: 1 });
    // Whole as a file, but the engine ends its process over what it does not say.
    writeFileSync(
      path.join(lacking, "model.onnx"),
      voiceFile({ speakers: 1, metadata: { language: "" } }),
    );
    const nonsense = addVoice(folder, "nonsense-it", { speakers: 1 });
    const bytes = voiceFile({ speakers: 1 });
    bytes.write("Nonsense".slice(0, 3), bytes.indexOf("Sin"));
    writeFileSync(path.join(nonsense, "model.onnx"), bytes);
    const cut = addVoice(folder, "cut-es");
    writeFileSync(path.join(cut, "model.onnx"), voiceFile().subarray(0, 500));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test("a model that cannot be loaded fails with its name, is not tried again for an hour, and the others go on", async () => {
    const moment = { now: 0 };
    const model = createSherpaSpeech({ models: folder, threads: 1, clock: () => moment.now });
    const speak = (language: string) => model.speak({ text: "Priya", language }, { signal });
    for (const [language, name] of [
      ["de", "lacking-de"],
      ["it", "nonsense-it"],
    ] as const) {
      const refused = {
        code: "SPEECH_FAILED",
        message: new RegExp(
          `^the model "${name}" cannot be loaded: .*: unpack its archive again or remove its folder$`,
        ),
      };
      await assert.rejects(speak(language), refused);
      const pids = model.pids();
      await assert.rejects(speak(language), refused);
      assert.deepEqual(model.pids(), pids, "no process was bothered");
      assert.ok(durationOf((await speak("en")).audio) > 0);
    }
    await model.close();
  });

  test("a model that fails within a synthesis fails that one only, and soon, though its engine says nothing", async () => {
    // The model has pitches for two speakers, whatever it says.
    addVoice(folder, "three-en", { speakers: 3 });
    const model = createSherpaSpeech({ models: folder, threads: 1, stallMs: 1000 });
    const speak = (voice: string) =>
      model.speak({ text: "Priya", language: "en", voice }, { signal });
    const failed = {
      code: "SPEECH_FAILED",
      message:
        /^the model "three-en" failed on "Priya": the neural speech worker ended \(exit code 70: Non-zero status .*Gather.*, twice$/,
    };
    await assert.rejects(speak("three-en/2"), failed);
    await assert.rejects(speak("three-en/2"), failed);
    assert.deepEqual(model.pids(), [], "the same text is not tried again");
    assert.equal((await speak("three-en/1")).voice, "three-en/1");
    await model.close();
  });

  test("a file that was cut off is told before anything is loaded", async () => {
    const model = createSherpaSpeech({ models: folder });
    const asked = { text: "Priya", language: "es", voice: "cut-es" };
    await assert.rejects(model.speak(asked, { signal }), {
      code: "SPEECH_FAILED",
      message: 'the model "cut-es" model.onnx is cut off: download and unpack the archive again',
    });
    assert.deepEqual(model.pids(), []);
    await model.close();
  });

  test("a folder of models that is not there is named", async () => {
    const model = createSherpaSpeech({ models: path.join(folder, "none") });
    await assert.rejects(model.voices({ signal }), {
      code: "FILE_NOT_FOUND",
      message: /there is no folder of models .*none: make it, or set VOCATIVE_SHERPA_MODELS/,
    });
    assert.ok(model.cacheKey({ text: "Priya", language: "en" }).length > 0);
    await model.close();
  });
});

/** How often a sound crosses zero. */
function crossings(samples: Float32Array): number {
  return samples.reduce(
    (count, sample, index) => count + Number(sample >= 0 !== (samples[index - 1] ?? sample) >= 0),
    0,
  );
}
