import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { errorCodeOf } from "../../src/domain/disk-error.ts";
import { drawAvatar } from "../../src/face/avatar/draw-avatar.ts";
import { pointOf } from "../../src/face/landmarks/landmark-points.ts";
import { FACE_LENGTH } from "../../src/face/lip-sync/wav2lip/face-crop.ts";
import { wav2lipMel } from "../../src/face/lip-sync/wav2lip/mel.ts";
import { CHUNK_LENGTH, writeChunk } from "../../src/face/lip-sync/wav2lip/mel-chunks.ts";
import { loadWav2LipModel } from "../../src/face/lip-sync/wav2lip/onnx-model.ts";
import type { OnnxRuntime } from "../../src/face/lip-sync/wav2lip/onnx-runtime.ts";
import { createWav2LipPictures } from "../../src/face/lip-sync/wav2lip/wav2lip-pictures.ts";
import { planesOf } from "../../src/face/portrait/planes.ts";
import { resample } from "../../src/media/libav/audio-decoder.ts";
import { noise } from "../../src/signal/test-signals.ts";
import { wav2lipFile } from "../support/wav2lip-model.ts";

const PACKAGE: string = "onnxruntime-node";
const runtime: OnnxRuntime | null = await import(PACKAGE).catch((cause: unknown) => {
  if (errorCodeOf(cause) === "ERR_MODULE_NOT_FOUND") return null;
  throw cause;
});
const skip = runtime ? false : `${PACKAGE} is not installed: npm install --prefix test/vendor-sdks`;

describe("a Wav2Lip model in the real runtime", { skip }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wav2lip-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function load(bytes: Buffer) {
    assert.ok(runtime);
    const path = join(folder, "wav2lip.onnx");
    writeFileSync(path, bytes);
    return loadWav2LipModel({ path, threads: 1, loadRuntime: async () => runtime });
  }

  test("the avatar's mouth follows the sound: each picture hears its own part of it", async () => {
    const model = await load(wav2lipFile());
    assert.equal(model.batchSize, 16);
    const { picture, landmarks } = drawAvatar(512);
    const filmed = {
      pictures: [planesOf(picture)],
      faces: [{ landmarks, score: 1, yaw: 0 }],
      openMouths: [],
    };
    const sampleRate = 48_000;
    const samples = new Float32Array(sampleRate * 1.6);
    samples.set(noise({ seconds: 0.4, sampleRate, amplitude: 0.9 }), 0.8 * sampleRate);
    const pads = { top: 0, bottom: 10, left: 0, right: 0 };
    const newPictures = createWav2LipPictures({ model, pads, resample });
    const lip = pointOf(landmarks, 13);
    const levels: number[] = [];
    for await (const { y, width } of newPictures(filmed, {
      sources: Array.from({ length: 40 }, () => 0),
      frameSeconds: 0.04,
      audio: { samples, sampleRate },
      spoken: { start: 0.8, end: 1.2 },
      visemes: [],
    })) {
      levels.push(y[Math.round(lip.y) * width + Math.round(lip.x)] ?? 0);
    }
    await model.close();
    // The grey is of the mean of the chunks' 16 columns, by the same spectrogram.
    const mel = wav2lipMel(resample(samples, sampleRate, 16_000));
    const chunk = new Float32Array(CHUNK_LENGTH);
    for (let at = 3; at < 37; at++) {
      writeChunk(mel, Math.min(Math.floor((at * 80) / 25), mel.columns - 16), chunk, 0);
      const mean = chunk.reduce((sum, value) => sum + value, 0) / CHUNK_LENGTH;
      const expected = 16 + ((mean + 4) / 8) * 219;
      assert.ok(
        Math.abs((levels[at] ?? 0) - expected) <= 1,
        `picture ${at}: ${levels[at]}, ${expected}`,
      );
    }
    assert.ok(Math.max(...levels) > 100 && levels[10] === 16, `${levels}`);
  });

  test("the network sees the upper half of the face and nothing of the lower in its first planes", async () => {
    const model = await load(wav2lipFile({ batch: 2 }));
    assert.equal(model.batchSize, 2);
    const faces = new Float32Array(FACE_LENGTH);
    faces.set([0.25, 0.5], 0);
    const mels = new Float32Array(CHUNK_LENGTH);
    const made = await model.run({ count: 1, mels, faces });
    assert.deepEqual([...made.subarray(0, 3)], [0.25, 0.5, 0]);
    // A mean of 0 is a middle grey.
    assert.deepEqual([made[95 * 96], made.at(-1)], [0.5, 0.5]);
    await model.close();
  });

  test("a file that is none, is cut off or has other shapes is refused with the reason", async () => {
    const whole = wav2lipFile();
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from("PK\u0003\u0004 a PyTorch checkpoint"),
      whole.subarray(0, whole.length / 2),
    ]) {
      await assert.rejects(load(bytes), {
        code: "FACE_FAILED",
        message:
          /^the lip-sync model "wav2lip\.onnx" cannot be opened \(.+\): give a whole ONNX file/,
      });
    }
    await assert.rejects(load(wav2lipFile({ side: 288 })), {
      code: "FACE_FAILED",
      message: /video_frames float32\[N,6,288,288\].*; export Wav2Lip to ONNX with/,
    });
  });
});
