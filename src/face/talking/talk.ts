import { durationOf } from "../../domain/audio.ts";
import { SYNTHETIC_TAGS } from "../../domain/synthetic-media.ts";
import { createSoundingMovie } from "../../media/libav/sounding-movie.ts";
import { powerToDb } from "../../signal/decibels.ts";
import { energyOf } from "../../signal/frame-levels.ts";
import { createMotion } from "../portrait/motion.ts";
import { createPortrait } from "../portrait/portrait.ts";
import { createMouthTrack } from "../visemes/mouth-track.ts";
import type { PortraitProgress, TalkResult, TalkTask } from "./portrait-task.ts";
import { wholeFrame } from "./whole-frame.ts";

/** Of the motion's loudness, seconds. */
const LEVEL_SECONDS = 0.01;
/** A quiet picture that moves a little: what x264 saves with more effort is not worth its time. */
const X264 = { preset: "veryfast", profile: "high", crf: "20" };
const B_FRAMES = 2;
const GOP_SECONDS = 2;
const AUDIO_BIT_RATE = 128_000;
/** The parent is told, and an end is noticed, after so many frames. */
const FRAMES_A_TURN = 10;

/** Writes the video of a portrait that says a sound; runs in the portrait worker. */
export async function talk(
  { picture, landmarks, audio, visemes, fps, seed, out }: TalkTask,
  tell: (progress: PortraitProgress) => void,
): Promise<TalkResult> {
  const { width, height } = picture;
  const duration = durationOf(audio);
  const frames = Math.max(1, Math.ceil(duration * fps));
  const portrait = createPortrait({ source: picture, landmarks });
  const mouth = createMouthTrack(visemes, { audio });
  const motion = createMotion({ seed, duration, levels: levelsOf(audio) });
  const frame = wholeFrame(width, height);
  using movie = createSoundingMovie({
    file: out,
    picture: {
      width,
      height,
      frameRate: { num: fps, den: 1 },
      bFrames: B_FRAMES,
      gop: GOP_SECONDS * fps,
      options: X264,
    },
    sound: { planes: [audio.samples], sampleRate: audio.sampleRate, bitRate: AUDIO_BIT_RATE },
    tags: SYNTHETIC_TAGS,
  });
  for (let made = 0; made < frames; made++) {
    // What is shown for the length of a frame is right in its middle.
    const moment = (made + 0.5) / fps;
    portrait.render(mouth.at(moment, 1 / fps), motion.at(moment), frame.planes);
    movie.add(frame.bytes);
    if (made % FRAMES_A_TURN === 0) {
      tell({ made, all: frames });
      await new Promise(setImmediate);
    }
  }
  movie.finish();
  tell({ made: frames, all: frames });
  return { frames };
}

/** Level of every 10 ms, dB of full scale. */
function levelsOf({ samples, sampleRate }: TalkTask["audio"]): Float32Array {
  const width = Math.max(1, Math.round(LEVEL_SECONDS * sampleRate));
  return Float32Array.from({ length: Math.ceil(samples.length / width) }, (_, index) => {
    const from = index * width;
    const to = Math.min(samples.length, from + width);
    return powerToDb(energyOf(samples, from, to) / Math.max(1, to - from));
  });
}
