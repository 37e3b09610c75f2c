import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type FoundModel, findModels, type SherpaModel } from "./find-models.ts";
import { recognizerConfig, speechConfig } from "./sherpa-config.ts";
import { onnxFile } from "./testing/onnx-model.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "find models "));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const ESPEAK_DATA = ["phontab", "phonindex", "phondata", "intonations"].map(
  (file) => `espeak-ng-data/${file}`,
);

function modelFile(metadata: Record<string, string | number> = {}): Buffer {
  return onnxFile({ inputs: {}, outputs: {}, constants: {}, nodes: [], metadata });
}

/** A folder with files as a release has them; an ONNX file holds nothing but properties. */
function unpack(name: string, files: string[], metadata: Record<string, string | number> = {}) {
  for (const file of files) {
    const path = join(root, name, file);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, /\.onnx$/.test(file) ? modelFile(metadata) : "");
  }
}

function note(name: string, content: unknown): void {
  mkdirSync(join(root, name), { recursive: true });
  const text = typeof content === "string" ? content : JSON.stringify(content);
  writeFileSync(join(root, name, "vocative.json"), text);
}

function found(name: string, options = {}): FoundModel {
  const model = findModels(root, options).find((one) => one.name === name);
  assert.ok(model, `${name} is listed`);
  return model;
}

function usable(name: string, options = {}): SherpaModel {
  const model = found(name, options);
  assert.ok(model.usable, model.usable ? "" : model.reason);
  return model;
}

function reasonOf(name: string): string {
  const model = found(name);
  assert.ok(!model.usable, `${name} is not usable`);
  return model.reason;
}

/** Option → file, without folders. */
function filesOf({ files }: SherpaModel): Record<string, string> {
  const bare = (paths: string) =>
    paths
      .split(",")
      .map((path) => path.replace(/^.*\//, ""))
      .join(",");
  return Object.fromEntries(Object.entries(files).map(([option, paths]) => [option, bare(paths)]));
}

test("voices are told by the files of their releases", () => {
  unpack("vits-piper-en_US-amy-medium", ["en_US-amy-medium.onnx", "tokens.txt", ...ESPEAK_DATA], {
    n_speakers: 1,
    comment: "piper",
  });
  unpack("sherpa-onnx-vits-zh-ll", [
    "model.onnx",
    "tokens.txt",
    "lexicon.txt",
    "date.fst",
    "number.fst",
  ]);
  unpack("matcha-icefall-zh-baker", ["model-steps-3.onnx", "tokens.txt", "lexicon.txt"]);
  writeFileSync(join(root, "vocos-22khz-univ.onnx"), modelFile());
  const kokoro = ["model.onnx", "voices.bin", "tokens.txt", ...ESPEAK_DATA];
  const lexicons = ["lexicon-us-en.txt", "lexicon-gb-en.txt", "lexicon-zh.txt"];
  unpack("kokoro-multi-lang-v1_0", [...kokoro, ...lexicons], { n_speakers: 53 });
  unpack("kitten-nano-en-v0_1-fp16", ["model.fp16.onnx", ...kokoro.slice(1)], { n_speakers: 8 });
  const zipvoice = ["encoder.int8.onnx", "decoder.int8.onnx", "tokens.txt", "lexicon.txt"];
  unpack("sherpa-onnx-zipvoice-distill-int8-zh-en-emilia", [...zipvoice, ...ESPEAK_DATA]);
  unpack("sherpa-onnx-pocket-tts-int8-2026-01-26", [
    ...["lm_flow.int8.onnx", "lm_main.int8.onnx", "encoder.onnx", "decoder.int8.onnx"],
    ...["text_conditioner.onnx", "vocab.json", "token_scores.json"],
  ]);
  unpack("sherpa-onnx-supertonic-tts-int8-2026-03-06", [
    ...["duration_predictor.int8.onnx", "text_encoder.int8.onnx", "vector_estimator.int8.onnx"],
    ...["vocoder.int8.onnx", "tts.json", "unicode_indexer.bin", "voice.bin"],
  ]);
  const told = findModels(root).map((model) =>
    model.usable ? [model.kind, model.task, model.speakers, ...model.languages] : model.reason,
  );
  assert.deepEqual(told, [
    ["kitten", "speech", 8, "en"],
    ["kokoro", "speech", 53, "en", "zh"],
    ["matcha", "speech", null, "zh"],
    ["pocket", "speech", 1],
    ["supertonic", "speech", null],
    ["vits", "speech", null, "zh"],
    ["zipvoice", "speech", 1, "zh", "en"],
    ["vits", "speech", 1, "en-US"],
  ]);
  assert.deepEqual(filesOf(usable("kokoro-multi-lang-v1_0")), {
    model: "model.onnx",
    voices: "voices.bin",
    tokens: "tokens.txt",
    dataDir: "espeak-ng-data",
    lexicon: "lexicon-us-en.txt,lexicon-zh.txt",
  });
  assert.equal(filesOf(usable("matcha-icefall-zh-baker"))["vocoder"], "vocos-22khz-univ.onnx");
  const { ruleFsts, model } = speechConfig(usable("sherpa-onnx-vits-zh-ll"), { threads: 3 });
  assert.match(ruleFsts ?? "", /date\.fst,.*number\.fst$/);
  assert.equal(model.numThreads, 3);
});

test("recognisers are told by files, by what their makers wrote, and by the folder's name", () => {
  const three = [
    "encoder-epoch-99-avg-1.onnx",
    "decoder-epoch-99-avg-1.onnx",
    "joiner-epoch-99-avg-1.onnx",
  ];
  unpack("a-zipformer-en", [...three, "tokens.txt"], { model_type: "EncDecHybridRNNTCTCBPEModel" });
  unpack("b-whisper-tiny.en", [
    "tiny.en-encoder.onnx",
    "tiny.en-decoder.onnx",
    "tiny.en-tokens.txt",
  ]);
  unpack("c-sense-voice-zh-en", ["model.int8.onnx", "tokens.txt"]);
  const moonshine = [
    "preprocess.onnx",
    "encode.int8.onnx",
    "uncached_decode.int8.onnx",
    "cached_decode.int8.onnx",
  ];
  unpack("d-moonshine-tiny-en", [...moonshine, "tokens.txt"]);
  unpack("e-moonshine-v2", ["encoder_model.ort", "decoder_model_merged.ort", "tokens.txt"]);
  unpack("f-one", ["model.onnx", "tokens.txt"], { model_type: "EncDecCTCModelBPE" });
  unpack("g-zipformer-ctc-fr", ["model.onnx", "tokens.txt"]);
  unpack("h-paraformer-zh", ["model.onnx", "tokens.txt"]);
  unpack("i-two", ["x-encoder.onnx", "x-decoder.onnx", "x-tokens.txt"], {
    model_type: "whisper-tiny",
  });
  const models = findModels(root);
  assert.deepEqual(
    models.map((model) => (model.usable ? `${model.task} ${model.kind}` : model.reason)),
    ["transducer", "whisper", "senseVoice", "moonshine", "moonshineMerged"]
      .concat("nemoCtc", "zipformerCtc", "paraformer", "whisper")
      .map((kind) => `recognition ${kind}`),
  );
  const whisper = recognizerConfig(usable("i-two"), { threads: 1, language: "hi-IN" }).modelConfig;
  assert.match(whisper.tokens, /x-tokens\.txt$/);
  const { language, encoder } = whisper["whisper"] as Record<string, string>; // an object of options
  assert.deepEqual([language, encoder?.endsWith("x-encoder.onnx")], ["hi", true]);
});

test("weights of 8 bits are taken when they are preferred or the only ones", () => {
  unpack("vits-x-en", ["model.onnx", "model.int8.onnx", "tokens.txt"]);
  unpack("vits-y-en", ["model.int8.onnx", "tokens.txt"]);
  assert.equal(filesOf(usable("vits-x-en"))["model"], "model.onnx");
  assert.equal(filesOf(usable("vits-x-en", { preferInt8: true }))["model"], "model.int8.onnx");
  assert.equal(filesOf(usable("vits-y-en"))["model"], "model.int8.onnx");
});

test("a folder that is no usable model says what it lacks and what to do", () => {
  unpack("vits-a", ["model.onnx"]);
  unpack("vits-b", ["model.onnx", "tokens.txt", "espeak-ng-data/phontab"]);
  unpack("kokoro-c", ["model.onnx", "tokens.txt", ...ESPEAK_DATA]);
  unpack("matcha-d", ["model-steps-3.onnx", "tokens.txt"]);
  unpack("empty", ["README.md"]);
  unpack("riddle", ["one.onnx", "two.onnx"]);
  unpack("zipformer-streaming-e", ["encoder.onnx", "decoder.onnx", "joiner.onnx", "tokens.txt"]);
  unpack("vits-f", ["model.onnx", "tokens.txt"]);
  truncateSync(join(root, "vits-f", "model.onnx"), 9);
  unpack("vits-g,h", ["model.onnx", "tokens.txt", "lexicon.txt"]);
  const reasons: [string, RegExp][] = [
    ["vits-a", /^lacks tokens\.txt: unpack the archive again$/],
    ["vits-b", /^lacks espeak-ng-data\/phonindex: unpack/],
    ["kokoro-c", /^lacks voices\.bin: unpack/],
    ["matcha-d", /^lacks a vocoder .*: put it here or beside the models' folders$/],
    ["empty", /^holds no \.onnx file: unpack a release/],
    ["riddle", /^is of no kind that is known: name it in vocative\.json/],
    ["zipformer-streaming-e", /^is a streaming model, .*: take a non-streaming one$/],
    ["vits-f", /^model\.onnx is (cut off|no ONNX model): download and unpack/],
    ["vits-g,h", /^has a comma in its path, .*: rename the folder$/],
  ];
  for (const [name, reason] of reasons) assert.match(reasonOf(name), reason, name);
});

test("files beside the folders are no models, links to folders are", () => {
  unpack("vits-x-en", ["model.onnx", "tokens.txt"]);
  writeFileSync(join(root, "archive.tar.bz2"), "");
  mkdirSync(join(root, ".cache"));
  symlinkSync(join(root, "vits-x-en"), join(root, "vits-linked-fr"));
  symlinkSync(join(root, "nowhere"), join(root, "dangling"));
  assert.deepEqual(
    findModels(root).map(({ name }) => name),
    ["vits-linked-fr", "vits-x-en"],
  );
});

test("a note overrides what is found", () => {
  unpack("my own voice", ["weights.onnx", "signs.txt", "more/lexicon.txt"]);
  assert.match(reasonOf("my own voice"), /no kind that is known/);
  note("my own voice", {
    kind: "vits",
    name: "Meera",
    languages: ["hi", "en-IN"],
    speakers: ["calm", "lively"],
    numThreads: 2,
    files: { tokens: "signs.txt", lexicon: "more/lexicon.txt" },
    settings: { lengthScale: 1.1 },
  });
  const model = usable("my own voice");
  assert.deepEqual(
    [model.title, ...model.languages, ...model.speakerNames],
    ["Meera", "hi", "en-IN", "calm", "lively"],
  );
  const { model: config } = speechConfig(model, { threads: 8 });
  assert.equal(config.numThreads, 2);
  const folder = join(root, "my own voice");
  assert.deepEqual(config["vits"], {
    lengthScale: 1.1,
    model: join(folder, "weights.onnx"),
    tokens: join(folder, "signs.txt"),
    lexicon: join(folder, "more/lexicon.txt"),
  });
});

test("a hostile note is refused with its reason, and settings never replace files", () => {
  unpack("vits-x-en", ["model.onnx", "tokens.txt"]);
  const notes: [unknown, RegExp][] = [
    ["{", /^vocative\.json is no JSON$/],
    ["[]", /is not as expected/],
    [{ kind: "shell" }, /is not as expected: kind: /],
    [{ languages: ["en; rm -rf /"] }, /languages\.0/],
    [{ numThreads: 1e9 }, /numThreads/],
    [{ surprise: 1 }, /is not as expected/],
    [{ files: { tokens: "../../../etc/passwd" } }, /outside the models' folder$/],
    [{ files: { tokens: "/etc/passwd" } }, /outside the models' folder$/],
    [{ files: { tokens: "none.txt" } }, /which is not there$/],
    [
      { files: { joiner: "tokens.txt" } },
      /names a file joiner, but a vits model has model, tokens/,
    ],
    [{ settings: { lang: "en\nx" } }, /settings\.lang: holds other than/],
    [{ settings: { "a b": 1 } }, /is not as expected: settings/],
    [`{"name": "${"x".repeat(70_000)}"}`, /is larger than 65536 bytes/],
    ['{"__proto__": {"kind": "vits"}}', /is not as expected/],
  ];
  for (const [content, reason] of notes) {
    note("vits-x-en", content);
    assert.match(reasonOf("vits-x-en"), reason, JSON.stringify(content).slice(0, 60));
    assert.ok(!reasonOf("vits-x-en").includes("\n"));
  }
  note("vits-x-en", { settings: { model: 1, tokens: "other" } });
  const config = speechConfig(usable("vits-x-en"), { threads: 1 }).model["vits"];
  assert.deepEqual(config, {
    model: join(root, "vits-x-en", "model.onnx"),
    tokens: join(root, "vits-x-en", "tokens.txt"),
  });
});

test("a model's fingerprint changes with a file or the note, and with nothing else", () => {
  unpack("vits-x-en", ["model.onnx", "tokens.txt"]);
  const first = usable("vits-x-en").fingerprint;
  writeFileSync(join(root, "vits-x-en", "README.md"), "read me");
  assert.equal(usable("vits-x-en").fingerprint, first);
  writeFileSync(join(root, "vits-x-en", "tokens.txt"), "a 0\n");
  const second = usable("vits-x-en").fingerprint;
  assert.notEqual(second, first);
  note("vits-x-en", { settings: { lengthScale: 2 } });
  assert.notEqual(usable("vits-x-en").fingerprint, second);
});

test("a folder of models that is not there, or is none, is named", () => {
  assert.throws(() => findModels(join(root, "none")), {
    code: "FILE_NOT_FOUND",
    message: /there is no folder of models .*none: make it/,
  });
  writeFileSync(join(root, "file"), "");
  assert.throws(() => findModels(join(root, "file")), {
    code: "FILE_UNREADABLE",
    message: /ENOTDIR/,
  });
});
