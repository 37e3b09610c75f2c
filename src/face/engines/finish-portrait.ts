import { SYNTHETIC_TAGS } from "../../domain/synthetic-media.ts";
import { createSoundingMovie } from "../../media/libav/sounding-movie.ts";
import type { PortraitProgress } from "../talking/portrait-task.ts";
import { cutOff, MISSING_PICTURES } from "./check-made.ts";
import type { FinishTask } from "./portrait-file-task.ts";
import { madePictures } from "./stretch-files.ts";

/** Engines have coded their pictures once already. */
const X264 = { preset: "veryfast", profile: "high", crf: "18" };
const B_FRAMES = 2;
const GOP_SECONDS = 2;
const AUDIO_BIT_RATE = 128_000;
/** The parent is told, and an end is noticed, after so many frames. */
const FRAMES_A_TURN = 10;

/**
 * Writes the video of a portrait from the one that an engine has left: its own sound of 16 kHz is
 * replaced by the whole one. Runs in the worker.
 * @throws AppError FACE_FAILED when pictures are missing, OUTPUT_UNWRITABLE, DISK_FULL.
 */
export async function finishPortrait(
  { fps, audio, out, ...wanted }: FinishTask,
  tell: (progress: PortraitProgress) => void,
): Promise<void> {
  const { width, height, count } = wanted;
  using movie = createSoundingMovie({
    file: out,
    picture: {
      ...{ width, height, frameRate: { num: fps, den: 1 } },
      ...{ bFrames: B_FRAMES, gop: GOP_SECONDS * fps, options: X264 },
    },
    sound: { planes: [audio.samples], sampleRate: audio.sampleRate, bitRate: AUDIO_BIT_RATE },
    tags: SYNTHETIC_TAGS,
  });
  let [made, last] = [0, Buffer.alloc(0)];
  for (const { y, u, v } of madePictures(wanted)) {
    last = Buffer.concat([y, u, v]);
    movie.add(last);
    if (made++ % FRAMES_A_TURN === 0) {
      tell({ made, all: count });
      await new Promise(setImmediate);
    }
  }
  if (made === 0 || count - made > MISSING_PICTURES) throw cutOff(made, count);
  for (; made < count; made++) movie.add(last);
  movie.finish();
  tell({ made: count, all: count });
}
