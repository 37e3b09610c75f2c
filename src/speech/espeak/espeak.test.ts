import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { speechModelConformance } from "../../../test/conformance/speech-model.ts";
import { durationOf } from "../../domain/audio.ts";
import type { SpeechRequest } from "../../ports/speech-model.ts";
import { createEspeak, ESPEAK_ENGINE } from "./espeak.ts";

speechModelConformance("the embedded voice", () => {
  const model = createEspeak();
  return {
    model,
    requests: [
      { text: "Priya", language: "hi" },
      { text: "Maximiliana Wolkenstein", language: "de" },
      { text: "प्रिया", language: "en" },
      { text: "Priya प्रिया", language: "en" },
      { text: "Наталья", language: "hi" },
      { text: "王小明", language: "en" },
      { text: "محمد", language: "en" },
      { text: "지민", language: "en" },
    ],
    otherVoice: "fr",
    obeysSpeed: true,
    pids: model.pids,
  };
});

describe("the embedded voice", () => {
  const model = createEspeak();
  after(() => model.close());
  const speak = (request: SpeechRequest) =>
    model.speak(request, { signal: new AbortController().signal });
  const sounds = async (request: SpeechRequest) =>
    (await speak(request)).phonemes?.map(({ symbol }) => symbol).join(" ");

  test("no child process is started before the first request", () => {
    assert.deepEqual(createEspeak().pids(), []);
  });

  test("a name sounds the same in every campaign's language", async () => {
    const alone = await sounds({ text: "प्रिया", language: "hi" });
    assert.equal(alone, "p ɾ ˈɪ j aː");
    for (const language of ["en", "ru", "ja"]) {
      assert.equal(await sounds({ text: "प्रिया", language }), alone);
    }
  });

  test("José is pronounced in Spanish and Nguyễn is not spelled out", async () => {
    assert.equal(await sounds({ text: "José", language: "es" }), "x o s ˈe");
    assert.equal(await sounds({ text: "Nguyễn", language: "en" }), "n ˈuː j ɛ n");
  });

  test("a request with the voice of another language is not heard in the next one", async () => {
    const before = await sounds({ text: "Martin", language: "fr" });
    await speak({ text: "محمد", language: "ar" });
    assert.equal(await sounds({ text: "Martin", language: "fr" }), before);
  });

  test("markup and phoneme codes in a text are neither obeyed nor a way to hide words", async () => {
    const plain = await sounds({ text: "hello there", language: "en" });
    assert.equal(await sounds({ text: "[[hello]] there", language: "en" }), plain);
    const tagged = await sounds({ text: "<p>hello</p> there", language: "en" });
    assert.notEqual(tagged, plain, "the letter of the tag is read");
  });

  test("an unknown voice is refused with voices of like names", async () => {
    const request = { text: "Priya", language: "hi", voice: "en-uss" };
    await assert.rejects(speak(request), { code: "VOICE_UNKNOWN", message: /near ones: en-us, / });
    const variant = { ...request, voice: "en-us+zz" };
    await assert.rejects(speak(variant), { code: "VOICE_UNKNOWN", message: /m1 to m8/ });
  });

  test("a chosen voice speaks, with its variants", async () => {
    assert.equal((await speak({ text: "Priya", language: "hi", voice: "en-gb" })).voice, "en-gb");
    assert.equal((await speak({ text: "Priya", language: "hi", voice: "hi+f3" })).voice, "hi+f3");
  });

  test("a name that would be spelled out is refused with the remedy", async () => {
    const remedy = { code: "SPEECH_FAILED", message: /column `pronunciation`/ };
    await assert.rejects(speak({ text: "田中", language: "ja" }), remedy);
    await assert.rejects(speak({ text: "Наталья", language: "hi", voice: "hi" }), remedy);
  });

  test("the speed keeps within what the engine can do", async () => {
    const text = "My name is Priya Sharma";
    const lasts = async (speed: number) =>
      durationOf((await speak({ text, language: "en", speed })).audio);
    const [slowest, slow, natural, fast] = [
      await lasts(0.1),
      await lasts(0.5),
      await lasts(1),
      await lasts(2),
    ];
    assert.ok(slowest < 2.5 * natural && slow > 1.5 * natural && fast < 0.7 * natural);
    const key = (speed: number) => model.cacheKey({ text, language: "en", speed });
    assert.equal(key(0.1), key(0.2), "both are the slowest rate");
  });

  test("the cache key names the version of the engine that is installed", () => {
    const path = import.meta.resolve("@echogarden/espeak-ng-emscripten/package.json");
    const { version } = JSON.parse(readFileSync(fileURLToPath(path), "utf8"));
    assert.ok(ESPEAK_ENGINE.endsWith(` ${version}`));
    assert.ok(model.cacheKey({ text: "Priya", language: "hi" }).includes(ESPEAK_ENGINE));
  });
});
