import assert from "node:assert/strict";
import { test } from "node:test";
import { languageFit, languageOfProperty, languagesInName } from "./model-languages.ts";

test("the name of a release tells its languages", () => {
  const rows: [string, string[]][] = [
    ["vits-piper-en_US-amy-medium", ["en-US"]],
    ["vits-piper-hi_IN-pratham-medium", ["hi-IN"]],
    ["matcha-icefall-zh-baker", ["zh"]],
    ["vits-coqui-de-css10", ["de"]],
    ["vits-mms-hin", ["hi"]],
    ["vits-icefall-zh-aishell3", ["zh"]],
    ["kokoro-en-v0_19", ["en"]],
    ["sherpa-onnx-sense-voice-zh-en-ja-ko-yue-2024-07-17", ["zh", "en", "ja", "ko", "yue"]],
    ["sherpa-onnx-whisper-tiny.en", ["en"]],
    ["sherpa-onnx-whisper-tiny", []],
    ["sherpa-onnx-nemo-fast-conformer-ctc-be-de-en-es", ["be", "de", "en", "es"]],
    ["kokoro-multi-lang-v1_0", []],
    ["my voice", []],
  ];
  for (const [name, languages] of rows) assert.deepEqual(languagesInName(name), languages, name);
});

test("a property of the model's file tells its language when it is a code", () => {
  assert.deepEqual(languageOfProperty("en-us"), ["en-US"]);
  assert.deepEqual(languageOfProperty("hi"), ["hi"]);
  for (const value of ["English", "", "xx-yy", undefined]) {
    assert.deepEqual(languageOfProperty(value), []);
  }
});

test("a model fits its very language best, then its other regions, and any when it tells none", () => {
  assert.equal(languageFit(["en-US", "fr"], "en-us"), 3);
  assert.equal(languageFit(["en-US"], "en_GB"), 2);
  assert.equal(languageFit(["zh"], "cmn-Hans"), 2);
  assert.equal(languageFit([], "hi"), 1);
  assert.equal(languageFit(["en"], "hi"), 0);
});
