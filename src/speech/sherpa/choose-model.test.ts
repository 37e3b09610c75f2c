import assert from "node:assert/strict";
import { test } from "node:test";
import { fittingVoice, namedVoice } from "./choose-model.ts";
import type { FoundModel, SherpaModel } from "./find-models.ts";

function model(name: string, languages: string[], other: Partial<SherpaModel> = {}): FoundModel {
  return {
    ...{ usable: true, name, folder: `/models/${name}`, title: name, kind: "vits", task: "speech" },
    ...{ languages, speakers: 1, speakerNames: [], files: {}, rules: { fsts: [], fars: [] } },
    ...{ note: {}, fingerprint: "0" },
    ...other,
  };
}

const MODELS: FoundModel[] = [
  model("any", []),
  model("english", ["en-GB"]),
  model("hindi", ["hi"], { speakers: 3, speakerNames: ["meera", "ravi"] }),
  model("american", ["en-US"]),
  model("russian", ["ru"]),
  model("listens", ["fr"], { task: "recognition" }),
  model("unknown count/", ["it"], { speakers: null }),
  { usable: false, name: "broken", folder: "/models/broken", reason: "lacks tokens.txt" },
];

test("the model is chosen by the text's script, then the language, then the order of names", () => {
  const rows: [text: string, language: string, name: string][] = [
    ["Priya", "en", "english"],
    ["Priya", "en-US", "american"],
    ["Priya", "hi", "hindi"],
    ["प्रिया", "en", "hindi"],
    ["Наталья", "hi", "russian"],
    ["Priya", "fr", "any"],
    ["지민", "en", "english"],
  ];
  for (const [text, language, name] of rows) {
    assert.equal(fittingVoice(MODELS, { text, language }).model.name, name, `${text} ${language}`);
  }
});

test("Latin letters are read by an English model when no other fits, other letters by none", () => {
  const english = MODELS.filter(({ name }) => name === "english");
  assert.equal(fittingVoice(english, { text: "Priya", language: "hi" }).model.name, "english");
  assert.throws(() => fittingVoice(english, { text: "प्रिया", language: "hi" }), {
    code: "VOICE_UNKNOWN",
    message: 'no model speaks "hi": there are en-GB; add a model, or name a voice',
  });
  assert.throws(() => fittingVoice([], { text: "Priya", language: "en" }), /there is none/);
});

test("a voice is named by its model and a speaker's number or name", () => {
  const named = (voice: string) => {
    const chosen = namedVoice(MODELS, voice);
    return [chosen.model.name, chosen.speaker, chosen.id];
  };
  assert.deepEqual(named("english"), ["english", 0, "english"]);
  assert.deepEqual(named("english/0"), ["english", 0, "english"]);
  assert.deepEqual(named("hindi"), ["hindi", 0, "hindi/0"]);
  assert.deepEqual(named("hindi/2"), ["hindi", 2, "hindi/2"]);
  assert.deepEqual(named("hindi/ravi"), ["hindi", 1, "hindi/1"]);
  assert.deepEqual(named("unknown count//77"), ["unknown count/", 77, "unknown count//77"]);
  for (const voice of ["hindi/3", "hindi/-1", "hindi/1.5", "hindi/meer", "hindi/", "listens", ""]) {
    assert.throws(() => named(voice), { code: "VOICE_UNKNOWN" }, voice);
  }
  assert.throws(() => named("broken"), {
    code: "SPEECH_FAILED",
    message: 'the model "broken" lacks tokens.txt',
  });
});
