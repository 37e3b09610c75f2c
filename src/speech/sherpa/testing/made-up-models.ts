import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onnxFile } from "./onnx-model.ts";

/** Letters and signs a made-up voice can read. */
const READ = " abcdefghijklmnopqrstuvwxyz.,!?-'";
const SAMPLES_A_CHARACTER = 1200;
/** Of the speakers, radians a sample; the engine fails on any other speaker. */
const PITCHES = [0.06, 0.12];

type VoiceOptions = {
  speakers?: number;
  sampleRate?: number;
  /** What more the voice can read. */
  letters?: string;
  metadata?: Record<string, string | number>;
};

/**
 * A voice of a VITS-like model in under two kilobytes: every character of a text is 54 ms of a tone
 * that is higher for speaker 1 than for speaker 0, and shorter for a higher speed.
 */
export function voiceFile({
  speakers = 2,
  sampleRate = 22_050,
  metadata,
}: VoiceOptions = {}): Buffer {
  return onnxFile({
    inputs: {
      x: { type: "int64", shape: ["N", "L"] },
      x_length: { type: "int64", shape: ["N"] },
      noise_scale: { type: "float", shape: [1] },
      length_scale: { type: "float", shape: [1] },
      noise_scale_w: { type: "float", shape: [1] },
      sid: { type: "int64", shape: [1] },
    },
    outputs: { y: { type: "float", shape: [1, 1, "T"] } },
    constants: {
      zero: { type: "float", shape: [], values: [0] },
      one: { type: "float", shape: [], values: [1] },
      first: { type: "int64", shape: [1], values: [0] },
      length: { type: "float", shape: [1], values: [SAMPLES_A_CHARACTER] },
      pitches: { type: "float", shape: [PITCHES.length], values: PITCHES },
      volume: { type: "float", shape: [1], values: [0.4] },
      axes: { type: "int64", shape: [2], values: [0, 1] },
    },
    nodes: [
      { op: "Cast", inputs: ["x_length"], output: "characters", attributes: { to: 1 } },
      { op: "Mul", inputs: ["characters", "length"], output: "natural" },
      { op: "Mul", inputs: ["natural", "length_scale"], output: "lengths" },
      { op: "Squeeze", inputs: ["lengths", "first"], output: "count" },
      { op: "Range", inputs: ["zero", "count", "one"], output: "time" },
      { op: "Gather", inputs: ["pitches", "sid"], output: "frequency", attributes: { axis: 0 } },
      { op: "Mul", inputs: ["time", "frequency"], output: "phase" },
      { op: "Sin", inputs: ["phase"], output: "sine" },
      { op: "Mul", inputs: ["sine", "volume"], output: "tone" },
      { op: "Unsqueeze", inputs: ["tone", "axes"], output: "y" },
    ],
    metadata: {
      sample_rate: sampleRate,
      n_speakers: speakers,
      language: "English",
      comment: "made by a test",
      frontend: "characters",
      ...metadata,
    },
  });
}

/** Puts a made-up voice into a folder of its own, as a release's archive unpacks. */
export function addVoice(models: string, name: string, options: VoiceOptions = {}): string {
  const folder = join(models, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "model.onnx"), voiceFile(options));
  const letters = [...new Set(READ + (options.letters ?? ""))];
  const lines = letters.map((letter, index) => `${letter} ${index}\n`);
  writeFileSync(join(folder, "tokens.txt"), lines.join(""));
  return folder;
}

const FEATURES = 80;
const SUBSAMPLING = 4;
/** Below this, log energy of a band, nothing is heard. */
const HEARD_FROM = -2;

/** A token a made-up recogniser knows, and the tone it is written down for. */
export type HeardToken = {
  /** As in tokens.txt: `▁` stands for the space before a word. */
  token: string;
  /** Mel bands of the tone, of the 80 up to 8 kHz. */
  bands: [first: number, last: number];
};

/**
 * A recogniser of the Zipformer CTC kind in a few kilobytes: writes down a token for every tone that
 * lies in the token's bands.
 */
export function recognizerFile(tokens: HeardToken[]): Buffer {
  const vocabulary = tokens.length + 1;
  const weights = new Array<number>(FEATURES * vocabulary).fill(0);
  for (const [
    index,
    {
      bands: [first, last],
    },
  ] of tokens.entries()) {
    for (let band = first; band <= last; band++) {
      weights[band * vocabulary + index + 1] = 1 / (last - first + 1);
    }
  }
  return onnxFile({
    inputs: {
      x: { type: "float", shape: ["N", "T", FEATURES] },
      x_lens: { type: "int64", shape: ["N"] },
    },
    outputs: {
      log_probs: { type: "float", shape: ["N", "S", vocabulary] },
      log_probs_len: { type: "int64", shape: ["N"] },
    },
    constants: {
      weights: { type: "float", shape: [FEATURES, vocabulary], values: weights },
      blank: {
        type: "float",
        shape: [vocabulary],
        values: [HEARD_FROM, ...tokens.map(() => 0)],
      },
      from: { type: "int64", shape: [1], values: [0] },
      to: { type: "int64", shape: [1], values: [2 ** 40] },
      axis: { type: "int64", shape: [1], values: [1] },
      step: { type: "int64", shape: [1], values: [SUBSAMPLING] },
      rest: { type: "int64", shape: [1], values: [SUBSAMPLING - 1] },
    },
    nodes: [
      { op: "Slice", inputs: ["x", "from", "to", "axis", "step"], output: "frames" },
      { op: "MatMul", inputs: ["frames", "weights"], output: "levels" },
      { op: "Add", inputs: ["levels", "blank"], output: "log_probs" },
      { op: "Add", inputs: ["x_lens", "rest"], output: "padded" },
      { op: "Div", inputs: ["padded", "step"], output: "log_probs_len" },
    ],
    metadata: { model_type: "zipformer2_ctc" },
  });
}

/** Puts a made-up recogniser into a folder of its own, as a release's archive unpacks. */
export function addRecognizer(models: string, name: string, tokens: HeardToken[]): string {
  const folder = join(models, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "model.onnx"), recognizerFile(tokens));
  const lines = ["<blk>", ...tokens.map(({ token }) => token)];
  writeFileSync(
    join(folder, "tokens.txt"),
    lines.map((token, index) => `${token} ${index}\n`).join(""),
  );
  return folder;
}
