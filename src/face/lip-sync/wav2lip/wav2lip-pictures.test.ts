import assert from "node:assert/strict";
import { test } from "node:test";
import { noise } from "../../../signal/test-signals.ts";
import { pointOf } from "../../landmarks/landmark-points.ts";
import type { Yuv420 } from "../../portrait/planes.ts";
import type { NewPictures } from "../picture-maker.ts";
import { FACE_LENGTH, MADE_LENGTH } from "./face-crop.ts";
import { MEL_LEAST, MEL_RATE } from "./mel.ts";
import { CHUNK_LENGTH } from "./mel-chunks.ts";
import type { Wav2LipModel } from "./onnx-model.ts";
import { copyOf, SPEAKER, slowPicture } from "./testing/speaker-picture.ts";
import { createWav2LipPictures, shownShare } from "./wav2lip-pictures.ts";

type Model = Pick<Wav2LipModel, "batchSize" | "run">;

const PADS = { top: 0, bottom: 10, left: 0, right: 0 };
const LIP = pointOf(SPEAKER.landmarks, 13);
const levelAt = ({ y, width }: Yuv420) => y[Math.round(LIP.y) * width + Math.round(LIP.x)] ?? 0;

/** Paints each face in the grey of the mean that it hears: silence black, the loudest white. */
function hearing({ batchSize = 16 } = {}) {
  const batches: number[] = [];
  const model: Model = {
    batchSize,
    async run({ count, mels }) {
      batches.push(count);
      return Float32Array.from({ length: count * MADE_LENGTH }, (_, at) => {
        const from = Math.floor(at / MADE_LENGTH) * CHUNK_LENGTH;
        // One number stands for all: they are equal in the sounds below.
        return ((mels[from + 40 * 16 + 8] ?? Number.NaN) - MEL_LEAST) / 8;
      });
    },
  };
  return { model, batches };
}

/** Makes pictures and copies each. */
async function make(
  model: Model,
  wanted: Pick<NewPictures, "sources"> & Partial<NewPictures>,
  { pictures = [slowPicture(), slowPicture({ seed: 2, grain: 4 })] } = {},
): Promise<Yuv420[]> {
  const resample = (samples: Float32Array, from: number, to: number) => {
    assert.equal(to, MEL_RATE);
    return from === to ? samples : samples.filter((_, at) => at % (from / to) === 0);
  };
  const newPictures = createWav2LipPictures({ model, pads: PADS, resample });
  const faces = pictures.map(() => SPEAKER);
  const made: Yuv420[] = [];
  for await (const picture of newPictures(
    { pictures, faces, openMouths: [] },
    {
      frameSeconds: 0.04,
      audio: { samples: new Float32Array(0), sampleRate: MEL_RATE },
      spoken: { start: 0, end: 1 },
      visemes: [],
      ...wanted,
    },
  )) {
    made.push(copyOf(picture));
  }
  return made;
}

test("each picture hears what is heard from its time on, over the borders of batches too", async () => {
  const sampleRate = 2 * MEL_RATE;
  const samples = new Float32Array(2 * sampleRate);
  samples.set(noise({ seconds: 0.5, sampleRate, amplitude: 0.9 }), sampleRate);
  const { model, batches } = hearing();
  const sources = Array.from({ length: 50 }, () => 0);
  const made = await make(model, { sources, audio: { samples, sampleRate } });
  assert.equal(made.length, 50);
  assert.deepEqual(batches, [16, 16, 16, 2]);
  const levels = made.slice(3, -3).map(levelAt);
  const loud = levels.map((level) => level > 60);
  // Column 8 of a chunk is 0.1 s after its picture, and of 50 ms.
  const expected = levels.map((_, at) => Math.abs((at + 3) * 0.04 + 0.1 - 1.25) < 0.26);
  assert.deepEqual(loud, expected);
});

test("digital silence, and no sound at all, make pictures of a mouth at rest", async () => {
  for (const length of [0, 100, 32_000]) {
    const audio = { samples: new Float32Array(length), sampleRate: MEL_RATE };
    const made = await make(hearing().model, { sources: [0, 0, 0, 0, 0, 0, 0], audio });
    assert.equal(levelAt(made[3] ?? assert.fail()), 16);
  }
});

test("a picture is made of the one that it shows, as often as it is shown", async () => {
  const same: Model = {
    batchSize: 2,
    async run({ count, faces }) {
      const made = new Float32Array(count * MADE_LENGTH);
      for (let at = 0; at < count; at++) {
        const face = faces.subarray(at * FACE_LENGTH, (at + 1) * FACE_LENGTH);
        made.set(face.subarray(FACE_LENGTH - MADE_LENGTH), at * MADE_LENGTH);
      }
      return made;
    },
  };
  const pictures = [100, 130, 160].map((level) => {
    const picture = slowPicture();
    return { ...picture, y: picture.y.map(() => level) };
  });
  const made = await make(same, { sources: [0, 1, 1, 1, 2, 0] }, { pictures });
  assert.deepEqual(made.map(levelAt), [100, 130, 130, 130, 160, 100]);
  assert.deepEqual(pictures.map(levelAt), [100, 130, 160]);
});

test("the new mouth comes and goes over three pictures, or fewer when there are few", async () => {
  const shares = (count: number) => Array.from({ length: count }, (_, at) => shownShare(at, count));
  assert.deepEqual(shares(9), [0.25, 0.5, 0.75, 1, 1, 1, 0.75, 0.5, 0.25]);
  assert.deepEqual(shares(7), [0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25]);
  assert.deepEqual(shares(4), [0.5, 1, 1, 0.5]);
  assert.deepEqual(shares(3), [0.5, 1, 0.5]);
  assert.deepEqual(shares(2), [1, 1]);
  assert.deepEqual(shares(1), [1]);
  const white: Model = {
    batchSize: 16,
    run: async ({ count }) => new Float32Array(count * MADE_LENGTH).fill(1),
  };
  const made = await make(white, { sources: [0, 0, 0, 0, 0, 0, 0, 0] });
  const recorded = levelAt(slowPicture());
  for (const [at, picture] of made.entries()) {
    const expected = recorded + (235 - recorded) * shownShare(at, 8);
    assert.ok(Math.abs(levelAt(picture) - expected) <= 1, `picture ${at}`);
  }
});

test("nothing is made of nothing, and a picture that is not there is a mistake", async () => {
  const { model, batches } = hearing();
  assert.deepEqual(await make(model, { sources: [] }), []);
  assert.deepEqual(await make(model, { sources: [0] }, { pictures: [] }), []);
  assert.deepEqual(batches, []);
  await assert.rejects(make(model, { sources: [0, 2] }), RangeError);
});
