import { createSoundingMovie } from "../media/libav/sounding-movie.ts";
import type { SpeechModel } from "../ports/speech-model.ts";
import { inRoom } from "./room.ts";
import { type SpokenLine, speakSample } from "./sample-voice.ts";
import { createScene, WAVE_BARS } from "./scene.ts";
import { loudnessWave, speakingMoments } from "./speaking-moments.ts";

export type SampleBaseOptions = {
  /** Path of the MP4 to write; its folder exists. */
  file: string;
  /** Speaks the script. */
  speech: SpeechModel;
  /** Length; about 11 when left out, 4 at least. */
  seconds?: number;
  /** Even; 1280 × 720 when left out. */
  width?: number;
  height?: number;
  /** Whole frames a second; 25 when left out. */
  frameRate?: number;
  /** x264 quality, 0..51; 20 when left out. */
  crf?: number;
  /** Bits a second; 160 000 when left out. */
  audioBitRate?: number;
  signal?: AbortSignal;
};

export type SampleBase = {
  /** Seconds. */
  duration: number;
  /** What is said, and when. The first line is the greeting that a name replaces. */
  lines: SpokenLine[];
};

const SAMPLE_RATE = 48_000;
const B_FRAMES = 2;
const GOP_SECONDS = 5;
/** Macroblock tree off: with it x264 gives other packets for the same pictures in 1 of 50 runs. */
const X264 = { preset: "veryfast", profile: "high", tune: "animation", mbtree: "0" };
/** The event loop gets a turn, and an abort is noticed, after so many frames. */
const FRAMES_A_TURN = 8;

/**
 * Makes a video of an illustrated presenter who greets "Dear customer," and says a few sentences more:
 * H.264 High with B-frames, AAC-LC 48 kHz stereo, index in front. Equal speech gives equal bytes.
 * @throws AppError INVALID_OPTION, OUTPUT_UNWRITABLE, DISK_FULL, CANCELLED by the speech model; the
 * signal's reason when it aborts later.
 */
export async function makeSampleBase(options: SampleBaseOptions): Promise<SampleBase> {
  const { file, speech, width = 1280, height = 720, frameRate = 25, crf = 20 } = options;
  const signal = options.signal ?? new AbortController().signal;
  const { seconds } = options;
  const voice = await speakSample({ speech, sampleRate: SAMPLE_RATE, seconds, signal });
  const duration = voice.samples.length / SAMPLE_RATE;
  const scene = createScene({ width, height, duration, wave: loudnessWave(voice, WAVE_BARS) });
  using movie = createSoundingMovie({
    file,
    picture: {
      width,
      height,
      frameRate: { num: frameRate, den: 1 },
      bFrames: B_FRAMES,
      gop: GOP_SECONDS * frameRate,
      options: { ...X264, crf: String(crf) },
    },
    sound: {
      planes: inRoom(voice.samples, SAMPLE_RATE),
      sampleRate: SAMPLE_RATE,
      bitRate: options.audioBitRate ?? 160_000,
    },
  });

  const frames = Math.max(1, Math.round(duration * frameRate));
  let frame = 0;
  for (const moment of speakingMoments(voice, { frames, frameRate })) {
    movie.add(scene.draw(moment));
    if (++frame % FRAMES_A_TURN === 0) await new Promise(setImmediate);
    signal.throwIfAborted();
  }
  movie.finish();
  return { duration, lines: voice.lines };
}
