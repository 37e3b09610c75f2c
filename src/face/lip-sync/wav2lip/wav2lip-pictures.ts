import { createPlanes, type Yuv420 } from "../../portrait/planes.ts";
import type { FilmedFace, NewPictures, PictureMaker } from "../picture-maker.ts";
import { type FaceBox, faceBoxes, type Pads } from "./face-box.ts";
import { FACE_LENGTH, MADE_LENGTH, writeFace } from "./face-crop.ts";
import { MEL_RATE, type Mel, wav2lipMel } from "./mel.ts";
import { CHUNK_LENGTH, chunkStart, writeChunk } from "./mel-chunks.ts";
import { mouthMask } from "./mouth-mask.ts";
import type { Wav2LipModel } from "./onnx-model.ts";
import { pasteFace } from "./paste-face.ts";

/** Pictures at each end of a run in which the new mouth comes and goes. */
const FADE_PICTURES = 3;

/**
 * New pictures of a speaker by a Wav2Lip model: of every picture the face is cut out, the network makes
 * its lower half for what is heard, and the mouth of that is put back softly. Every picture uses the same
 * memory.
 * @param options.pads Pixels of the base that the face's box is wider.
 * @param options.resample Converts mono sound to another rate, aligned with its first sample.
 */
export function createWav2LipPictures({
  model,
  pads,
  resample,
}: {
  model: Pick<Wav2LipModel, "batchSize" | "run">;
  pads: Pads;
  resample: (samples: Float32Array, from: number, to: number) => Float32Array;
}): PictureMaker {
  return async function* newPictures(filmed, wanted) {
    const first = filmed.pictures[0];
    if (!first) return;
    const boxes = faceBoxes(filmed.faces, { pads, width: first.width, height: first.height });
    const { samples, sampleRate } = wanted.audio;
    const mel = wav2lipMel(resample(samples, sampleRate, MEL_RATE));
    const out = createPlanes(first.width, first.height);
    const count = wanted.sources.length;
    for (let from = 0; from < count; from += model.batchSize) {
      const to = Math.min(count, from + model.batchSize);
      const batch = batchOf({ filmed, wanted, boxes, mel, from, to });
      const made = await model.run(batch);
      for (let index = from; index < to; index++) {
        const { picture, landmarks, box } = sourceOf(filmed, boxes, wanted.sources[index]);
        out.y.set(picture.y);
        out.u.set(picture.u);
        out.v.set(picture.v);
        const at = index - from;
        const whole = at * FACE_LENGTH + FACE_LENGTH - MADE_LENGTH;
        pasteFace(out, {
          seen: batch.faces.subarray(whole, whole + MADE_LENGTH),
          made: made.subarray(at * MADE_LENGTH, (at + 1) * MADE_LENGTH),
          box,
          mask: mouthMask(landmarks, box),
          share: shownShare(index, count),
        });
        yield out;
      }
    }
  };
}

/** How much of the new mouth is shown in one of `count` pictures: it fades in and out over three, or fewer. */
export function shownShare(index: number, count: number): number {
  const fade = Math.min(FADE_PICTURES, Math.floor((count - 1) / 2));
  return Math.min(1, (index + 1) / (fade + 1), (count - index) / (fade + 1));
}

/** What the network hears and sees for pictures [from, to). */
function batchOf({
  filmed,
  wanted,
  boxes,
  mel,
  from,
  to,
}: {
  filmed: FilmedFace;
  wanted: NewPictures;
  boxes: readonly FaceBox[];
  mel: Mel;
  from: number;
  to: number;
}) {
  const count = to - from;
  const mels = new Float32Array(count * CHUNK_LENGTH);
  const faces = new Float32Array(count * FACE_LENGTH);
  const { frameSeconds, sources } = wanted;
  for (let at = 0; at < count; at++) {
    const start = chunkStart(from + at, { columns: mel.columns, frameSeconds });
    writeChunk(mel, start, mels, at * CHUNK_LENGTH);
    const { picture, box } = sourceOf(filmed, boxes, sources[from + at]);
    writeFace(picture, box, faces, at * FACE_LENGTH);
  }
  return { count, mels, faces };
}

function sourceOf(
  { pictures, faces }: FilmedFace,
  boxes: readonly FaceBox[],
  source: number | undefined,
): { picture: Yuv420; landmarks: Float32Array; box: FaceBox } {
  const [picture, face, box] = [pictures[source ?? -1], faces[source ?? -1], boxes[source ?? -1]];
  if (!picture || !face || !box) {
    throw new RangeError(
      `wav2lip: picture ${source} of a stretch of ${pictures.length} pictures and ${faces.length} faces`,
    );
  }
  return { picture, landmarks: face.landmarks, box };
}
