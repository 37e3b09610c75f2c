import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ValueMetadata } from "onnxruntime-node";
import { FACE_LENGTH, MADE_LENGTH } from "./face-crop.ts";
import { CHUNK_LENGTH } from "./mel-chunks.ts";
import { loadWav2LipModel } from "./onnx-model.ts";
import { type Feeds, port, StandInTensor, standInRuntime } from "./testing/stand-in-runtime.ts";

/** Any file that is there: the stand-in does not open it. */
const FILE = fileURLToPath(import.meta.url);
const MEL = port("mel_spectrogram", "N", 1, 80, 16);
const FACE = port("video_frames", "N", 6, 96, 96);
const MADE = port("predicted", "N", 3, 96, 96);

/** Each picture has the value of its first mel number and of its face's last one, by turns. */
function echoing(feeds: Feeds, [output = ""]: readonly string[]): Record<string, StandInTensor> {
  const [mel, face] = [feeds["mel_spectrogram"], feeds["video_frames"]];
  const count = mel?.dims[0] ?? 0;
  assert.deepEqual(mel?.dims, [count, 1, 80, 16]);
  assert.deepEqual(face?.dims, [count, 6, 96, 96]);
  const data = Float32Array.from({ length: count * MADE_LENGTH }, (_, at) => {
    const picture = Math.floor(at / MADE_LENGTH);
    const heard = mel?.data[picture * CHUNK_LENGTH] ?? 0;
    return at % 2 === 0 ? heard : (face?.data[(picture + 1) * FACE_LENGTH - 1] ?? 0);
  });
  return { [output]: new StandInTensor("float32", data, [count, 3, 96, 96]) };
}

function batchOf(count: number) {
  const mels = new Float32Array(count * CHUNK_LENGTH);
  const faces = new Float32Array(count * FACE_LENGTH);
  for (let picture = 0; picture < count; picture++) {
    mels[picture * CHUNK_LENGTH] = picture - 2;
    faces[(picture + 1) * FACE_LENGTH - 1] = (picture + 1) / 16;
  }
  return { count, mels, faces };
}

function assertEchoed(made: Float32Array, count: number) {
  assert.equal(made.length, count * MADE_LENGTH);
  for (let picture = 0; picture < count; picture++) {
    const first = made.subarray(picture * MADE_LENGTH, picture * MADE_LENGTH + 2);
    assert.deepEqual([...first], [picture - 2, (picture + 1) / 16]);
  }
}

const load = (
  { inputs = [MEL, FACE], outputs = [MADE], run = echoing } = {},
  path: string = FILE,
) => {
  const { runtime, state } = standInRuntime({ inputs, outputs, run });
  const model = loadWav2LipModel({ path, threads: 1, loadRuntime: async () => runtime });
  return { model, state };
};

test("mel and face are told apart by their shapes, whatever their names and order", async () => {
  for (const inputs of [
    [MEL, FACE],
    [FACE, MEL],
  ]) {
    const { model: loading, state } = load({ inputs });
    const model = await loading;
    assert.equal(model.batchSize, 16);
    assert.deepEqual(state, { open: 1, path: FILE, options: { intraOpNumThreads: 1 } });
    assertEchoed(await model.run(batchOf(5)), 5);
    await model.close();
    assert.equal(state.open, 0);
  }
});

test("a model for a fixed number of pictures gets as many, and answers for those there are", async () => {
  const fixed = (size: number) => ({
    inputs: [port("mel_spectrogram", size, 1, 80, 16), port("video_frames", size, 6, 96, 96)],
    outputs: [port("predicted", size, 3, 96, 96)],
    run(feeds: Feeds, fetches: readonly string[]) {
      assert.equal(feeds["video_frames"]?.dims[0], size);
      return echoing(feeds, fetches);
    },
  });
  const four = await load(fixed(4)).model;
  assert.equal(four.batchSize, 4);
  assertEchoed(await four.run(batchOf(3)), 3);
  const one = await load(fixed(1)).model;
  assert.equal(one.batchSize, 1);
  assertEchoed(await one.run(batchOf(1)), 1);
});

test("an output without known shapes is accepted when what it makes is right", async () => {
  const model = await load({
    outputs: [port("loss", "N"), port("predicted", "", "", "", "")],
  }).model;
  assertEchoed(await model.run(batchOf(2)), 2);
});

test("a model of other shapes is refused with what it has, and is not kept open", async () => {
  const cases: { inputs?: ValueMetadata[]; outputs?: ValueMetadata[]; told: RegExp }[] = [
    { inputs: [MEL], told: /its inputs are mel_spectrogram float32\[N,1,80,16\] and/ },
    { inputs: [MEL, port("face", "N", 6, 288, 288)], told: /face float32\[N,6,288,288\]/ },
    { inputs: [MEL, MEL], told: /is no Wav2Lip model/ },
    { inputs: [MEL, FACE, port("speaker", 1)], told: /speaker float32\[1\]/ },
    { inputs: [port("mel", 2, 1, 80, 16), port("face", 3, 6, 96, 96)], told: /is no Wav2Lip/ },
    { inputs: [MEL, { ...FACE, type: "float16" } as ValueMetadata], told: /float16\[N,6,96,96\]/ },
    { inputs: [MEL, { name: "list", isTensor: false }], told: /list \(no tensor\)/ },
    { outputs: [port("made", "N", 1, 96, 96)], told: /outputs made float32\[N,1,96,96\]; export/ },
    { outputs: [], told: /outputs none/ },
    {
      inputs: [port("mel_spectrogram", 4096, 1, 80, 16), port("video_frames", 4096, 6, 96, 96)],
      told: /\[4096,6,96,96\]/,
    },
  ];
  for (const { told, ...ports } of cases) {
    const { model, state } = load(ports);
    await assert.rejects(model, (thrown: unknown) => {
      assert.ok(thrown instanceof Error && "code" in thrown);
      assert.equal(thrown.code, "FACE_FAILED");
      assert.match(
        thrown.message,
        /^the lip-sync model "onnx-model\.test\.ts" is no Wav2Lip model/,
      );
      assert.match(thrown.message, told);
      assert.doesNotMatch(thrown.message, /\n/);
      return true;
    });
    assert.equal(state.open, 0);
  }
});

test("a model that makes other than it says, or values that are none, is refused at once", async () => {
  const making = (data: Float32Array, dims: number[]) =>
    load({ run: (_, [output = ""]) => ({ [output]: new StandInTensor("float32", data, dims) }) });
  await assert.rejects(making(new Float32Array(12), [1, 3, 2, 2]).model, {
    code: "FACE_FAILED",
    message: /made \[1,3,2,2\] of 1 pictures, not \[1,3,96,96\]/,
  });
  const nothing = new Float32Array(MADE_LENGTH).fill(Number.NaN);
  const { model, state } = making(nothing, [1, 3, 96, 96]);
  await assert.rejects(model, { code: "FACE_FAILED", message: /values that are no numbers/ });
  assert.equal(state.open, 0);
  const failing = load({
    run() {
      throw new Error("Non-zero status code\n while running Conv");
    },
  });
  await assert.rejects(failing.model, { message: /failed \(Non-zero status code while running/ });
});

test("a file that is not there is named before the package is looked for", async () => {
  const loadRuntime = () => assert.fail("the package was loaded");
  await assert.rejects(loadWav2LipModel({ path: "/nowhere/wav2lip.onnx", loadRuntime }), {
    code: "FACE_FAILED",
    message:
      'the lip-sync model "wav2lip.onnx" cannot be read: name an ONNX file that this program may read',
  });
});

test("a file that the package cannot open is told with its reason, in one line", async () => {
  const { runtime } = standInRuntime({ inputs: [], outputs: [], run: () => ({}) });
  const InferenceSession = {
    create: () => Promise.reject(new Error("Load model failed:\n  Protobuf parsing failed.")),
  };
  const loadRuntime = async () => ({ ...runtime, InferenceSession });
  await assert.rejects(loadWav2LipModel({ path: FILE, loadRuntime }), {
    code: "FACE_FAILED",
    message: /cannot be opened \(Load model failed: Protobuf parsing failed\.\): give a whole ONNX/,
  });
});
