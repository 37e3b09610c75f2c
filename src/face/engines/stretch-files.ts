import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  AVCOL_RANGE_MPEG,
  AVCOL_RANGE_UNSPECIFIED,
  AVCOL_SPC_BT709,
  AVCOL_SPC_UNSPECIFIED,
} from "node-av/constants";
import { type Frame, Rational } from "node-av/lib";
import { AppError } from "../../domain/app-error.ts";
import type { Audio } from "../../domain/audio.ts";
import { diskError } from "../../domain/disk-error.ts";
import { wavFile } from "../../domain/wav-file.ts";
import { resample } from "../../media/libav/audio-decoder.ts";
import { filterPicture } from "../../media/libav/filter-picture.ts";
import { createFrameDecoder } from "../../media/libav/frame-decoder.ts";
import { check, openInput } from "../../media/libav/input.ts";
import { createMovieWriter } from "../../media/libav/movie-writer.ts";
import { createPictureEncoder } from "../../media/libav/picture-encoder.ts";
import { chromaOf, type Yuv420 } from "../portrait/planes.ts";
import { cutOff, MISSING_PICTURES } from "./check-made.ts";

/** What engines are trained on. */
const SAMPLE_RATE = 16_000;
/** x264 quality at which engines see what was recorded. */
const QUALITY = 10;
const GOP = 12;
/** Rates with a larger denominator than 29.97 has are rounded. */
const MOST_DENOMINATOR = 1001;
/** How far a rate may be from what was asked for and count as the same. */
const RATE_TOLERANCE = 0.01;

/**
 * Writes what a file engine starts from: an MP4 of H.264 at a constant frame rate without sound, and a
 * WAV of 16 kHz, mono, 16 bits.
 * @param stretch.pictures One for each picture to be made, of one size.
 * @param stretch.audio What is heard from the first picture on.
 * @throws AppError OUTPUT_UNWRITABLE, DISK_FULL.
 */
export async function writeStretchFiles(stretch: {
  pictures: readonly Yuv420[];
  frameSeconds: number;
  audio: Audio;
  folder: string;
}): Promise<{ face: string; audio: string; fps: number }> {
  const { pictures, frameSeconds, audio, folder } = stretch;
  const [first] = pictures;
  if (!first) throw new RangeError("a stretch has at least one picture");
  const files = { face: join(folder, "face.mp4"), audio: join(folder, "sound.wav") };
  const frameRate = rateOf(frameSeconds);
  using encoder = createPictureEncoder({
    ...{ encoder: "libx264", width: first.width, height: first.height, frameRate },
    ...{ bFrames: 0, gop: GOP, options: { preset: "veryfast", crf: String(QUALITY) } },
  });
  using writer = createMovieWriter({
    file: files.face,
    container: "mp4",
    tracks: [
      {
        timeBase: encoder.timeBase,
        describe(stream) {
          check(stream.codecpar.fromContext(encoder.context), "describing the picture");
          stream.avgFrameRate = new Rational(frameRate.num, frameRate.den);
        },
      },
    ],
  });
  for (const [index, picture] of pictures.entries()) {
    const bytes = Buffer.concat([picture.y, picture.u, picture.v]);
    for (const packet of encoder.encode(bytes, index)) writer.write(0, { ...packet, duration: 1 });
  }
  for (const packet of encoder.finish()) writer.write(0, { ...packet, duration: 1 });
  writer.finish();
  await writeEngineSound(audio, files.audio);
  return { ...files, fps: frameRate.num / frameRate.den };
}

/**
 * Writes a sound as engines want it: 16 kHz, mono, 16 bits.
 * @throws AppError OUTPUT_UNWRITABLE, DISK_FULL.
 */
export async function writeEngineSound(
  { samples, sampleRate }: Audio,
  file: string,
): Promise<void> {
  const sound = { samples: resample(samples, sampleRate, SAMPLE_RATE), sampleRate: SAMPLE_RATE };
  await writeFile(file, wavFile(sound)).catch((cause: unknown) => {
    throw diskError(cause, file);
  });
}

/** Frames a second as the fraction with the smallest denominator that is as good as exact. */
function rateOf(frameSeconds: number): { num: number; den: number } {
  for (let den = 1; den <= MOST_DENOMINATOR; den++) {
    const num = Math.round(den / frameSeconds);
    if (num > 0 && Math.abs((num * frameSeconds) / den - 1) < 1e-8) return { num, den };
  }
  return { num: Math.round(MOST_DENOMINATOR / frameSeconds), den: MOST_DENOMINATOR };
}

export type MadePictures = {
  file: string;
  /** How many are wanted, and how long each is shown. */
  count: number;
  frameSeconds: number;
  /** Pixels; others are scaled. */
  width: number;
  height: number;
};

/**
 * The pictures that an engine has made, in BT.709 of limited range: those of a video at the rate that
 * was wanted one by one, of another rate those that are on show in the middle of each wanted one. Two
 * that are missing at the end are taken for the last; what is too many is not read.
 * @throws AppError FACE_FAILED when more are missing, or the file cannot be read.
 */
export function readMadePictures(wanted: MadePictures): Yuv420[] {
  const pictures = [...madePictures(wanted)];
  const missing = wanted.count - pictures.length;
  const last = pictures.at(-1);
  if (!last || missing > MISSING_PICTURES) {
    throw cutOff(pictures.length, wanted.count);
  }
  return [...pictures, ...Array.from({ length: missing }, () => last)];
}

/** The same one at a time, as many as there are, `count` at most. */
export function* madePictures({ file, count, ...wanted }: MadePictures): Generator<Yuv420> {
  const { frameSeconds, width, height } = wanted;
  using input = openInput(file);
  const { video } = input;
  if (!video) throw new AppError("FACE_FAILED", "the engine left a file without pictures");
  const { num, den } = video.avgFrameRate;
  const length = num > 0 ? den / num : frameSeconds;
  const same = Math.abs(length / frameSeconds - 1) < RATE_TOLERANCE;
  using decoder = createFrameDecoder(input, video);
  let given = 0;
  let index = 0;
  for (const frame of decoder.all()) {
    // At another rate a picture is wanted when its middle falls into the time this one is shown.
    const end = (index + 1) * length;
    const until = same ? index + 1 : Math.ceil(end / frameSeconds - 0.5 - 1e-6);
    index += 1;
    if (until <= given) continue;
    const planes = planesOfFrame(frame, width, height);
    for (; given < Math.min(until, count); given++) yield planes;
    if (given >= count) return;
  }
}

function planesOfFrame(frame: Frame, width: number, height: number): Yuv420 {
  // OpenCV and its like neither read nor write what the numbers mean: they come back as they went in.
  if (frame.colorSpace === AVCOL_SPC_UNSPECIFIED) frame.colorSpace = AVCOL_SPC_BT709;
  if (frame.colorRange === AVCOL_RANGE_UNSPECIFIED) frame.colorRange = AVCOL_RANGE_MPEG;
  using scaled = filterPicture(frame, [
    [
      "scale",
      `${width}:${height}:flags=bicubic+accurate_rnd+full_chroma_int:out_color_matrix=bt709:out_range=limited`,
    ],
    ["format", "yuv420p"],
  ]);
  const bytes = scaled.toBuffer();
  const luma = width * height;
  const chroma = chromaOf(width) * chromaOf(height);
  const part = (from: number, size: number) =>
    Uint8Array.prototype.slice.call(bytes, from, from + size);
  return {
    ...{ width, height },
    ...{ y: part(0, luma), u: part(luma, chroma), v: part(luma + chroma, chroma) },
  };
}
