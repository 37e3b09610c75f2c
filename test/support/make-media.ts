import {
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUV420P10LE,
  AV_PIX_FMT_YUV422P,
  AV_PIX_FMT_YUV444P,
  AV_PKT_DATA_DISPLAYMATRIX,
} from "node-av/constants";
import { timeBase } from "../../src/media/libav/audio-decoder.ts";
import { check } from "../../src/media/libav/input.ts";
import {
  createMovieWriter,
  type EncodedPacket,
  type MovieTrack,
} from "../../src/media/libav/movie-writer.ts";
import {
  createPictureEncoder,
  type PictureEncoder,
} from "../../src/media/libav/picture-encoder.ts";
import { codedLuma } from "./frame-code.ts";
import { madeSound, type Segment, speechSpans } from "./made-sound.ts";
import { encodeSound, type SoundTrack } from "./sound-encoder.ts";

export type Container =
  | "mp4"
  | "mov"
  | "mkv"
  | "webm"
  | "avi"
  | "ts"
  | "mp3"
  | "wav"
  | "m4a"
  | "ogg"
  | "flac";

export type PictureTrack = {
  codec: "h264" | "hevc" | "vp9" | "mpeg4";
  /** Frames a second; 29.97 and the like become n·1000/1001. 25 when left out. */
  frameRate?: number;
  /** At most so many in a row; 0 when left out. */
  bFrames?: number;
  /** Frames last 1, 2, 1 and 4 times the frame rate's, over and over. */
  variableFrameRate?: boolean;
  /** Frames last so many times the frame rate's instead, over and over. */
  frameDurations?: number[];
  /** Clockwise degrees a player is told to turn the picture by (MP4 and MOV). */
  rotation?: 0 | 90 | 180 | 270;
  pixelFormat?: "yuv420p" | "yuv422p" | "yuv444p" | "yuv420p10";
  /** Even; 160 × 120 when left out. */
  width?: number;
  height?: number;
  /** Frames from one key frame to the next; one key frame only when left out. */
  gop?: number;
  /** H.264: only the first key frame is one before which nothing refers. */
  openGop?: boolean;
};

export type MediaRecipe = {
  file: string;
  container: Container;
  video: PictureTrack | null;
  audio: SoundTrack | null;
  /** Its length is the picture's, too. */
  sound: Segment[];
  /** Heard instead of `sound`, at the audio track's rate. */
  recording?: Float32Array;
  /** RMS of the noise under the sound, dB of full scale, −65 when left out; null: digital silence. */
  noiseDb?: number | null;
  /** MP4 and MOV: in fragments, one a key frame. */
  fragmented?: boolean;
  /** MP4 and MOV: the index behind the media data. */
  moovAtEnd?: boolean;
  /** This track begins later than the other: an empty edit in MP4 and MOV. */
  startDelay?: { track: "audio" | "video"; seconds: number };
};

export type MadeMedia = {
  file: string;
  /** Where the speech lies on the file's timeline, seconds. */
  speech: { start: number; end: number }[];
  /** What was encoded, mono, without the start delay. */
  samples: Float32Array;
  sampleRate: number;
  /** When each frame is shown, seconds; its index is the number in the picture. */
  frameTimes: number[];
};

const MUXERS: Record<Container, string> = {
  mp4: "mp4",
  mov: "mov",
  mkv: "matroska",
  webm: "webm",
  avi: "avi",
  ts: "mpegts",
  mp3: "mp3",
  wav: "wav",
  m4a: "ipod",
  ogg: "ogg",
  flac: "flac",
};

const ENCODERS: Record<
  PictureTrack["codec"],
  { encoder: string; options: Record<string, string> }
> = {
  h264: { encoder: "libx264", options: { preset: "ultrafast", crf: "20" } },
  hevc: {
    encoder: "libx265",
    options: { preset: "ultrafast", "x265-params": "log-level=none:pools=none:frame-threads=1" },
  },
  vp9: { encoder: "libvpx-vp9", options: { deadline: "realtime", "cpu-used": "8" } },
  mpeg4: { encoder: "mpeg4", options: {} },
};

const PIXEL_FORMATS = {
  yuv420p: { format: AV_PIX_FMT_YUV420P, chroma: 1 / 4, bytes: 1 },
  yuv422p: { format: AV_PIX_FMT_YUV422P, chroma: 1 / 2, bytes: 1 },
  yuv444p: { format: AV_PIX_FMT_YUV444P, chroma: 1, bytes: 1 },
  yuv420p10: { format: AV_PIX_FMT_YUV420P10LE, chroma: 1 / 4, bytes: 2 },
};

const VARIABLE_DURATIONS = [1, 2, 1, 4];
/** Containers that know no times below zero. */
const UNTRIMMED: Container[] = ["avi", "ts"];
const GREY = 128;
/** For a file without sound: its length is counted in these. */
const SILENT_RATE = 48_000;

/** Makes a small media file: pictures that carry their number, and a sound like speech. */
export function makeMedia(recipe: MediaRecipe): MadeMedia {
  const { file, container, sound, startDelay, noiseDb = -65 } = recipe;
  const sampleRate = recipe.audio?.sampleRate ?? SILENT_RATE;
  const samples = recipe.recording ?? madeSound(sound, { sampleRate, noiseDb });
  const delayOf = (track: "audio" | "video") =>
    startDelay?.track === track ? startDelay.seconds : 0;
  const tracks: MovieTrack[] = [];
  const queue: { track: number; time: number; packet: EncodedPacket }[] = [];
  const enqueue = (track: MovieTrack, packets: EncodedPacket[], delay: number) => {
    const tick = track.timeBase.num / track.timeBase.den;
    const ticks = Math.round(delay / tick);
    for (const { pts, dts, ...packet } of packets) {
      const shifted = { ...packet, pts: pts + ticks, dts: dts + ticks };
      queue.push({ track: tracks.length, time: shifted.dts * tick, packet: shifted });
    }
    tracks.push(track);
  };

  let frameTimes: number[] = [];
  let soundStart = 0;
  using pictures = recipe.video && createPictures(recipe.video, container);
  if (recipe.video && pictures) {
    const drawn = drawPictures(pictures, recipe.video, samples.length / sampleRate);
    frameTimes = drawn.times.map((time) => time + delayOf("video"));
    enqueue(pictureTrack(pictures, recipe.video), drawn.packets, delayOf("video"));
  }
  if (recipe.audio) {
    const { packets, describe } = encodeSound(samples, recipe.audio);
    // Where a container cannot tell what the encoder put in front, it is heard.
    const priming = UNTRIMMED.includes(container) ? -(packets[0]?.pts ?? 0) / sampleRate : 0;
    soundStart = delayOf("audio") + priming;
    enqueue({ timeBase: timeBase(sampleRate), describe }, packets, soundStart);
  }
  queue.sort((a, b) => a.time - b.time);

  using writer = createMovieWriter({
    file,
    container: MUXERS[container],
    tracks,
    options: muxerOptions(recipe),
  });
  for (const { track, packet } of queue) writer.write(track, packet);
  writer.finish();
  const speech = speechSpans(sound).map(({ start, end }) => ({
    start: start + soundStart,
    end: end + soundStart,
  }));
  return { file, speech, samples, sampleRate, frameTimes };
}

function muxerOptions({ container, fragmented, moovAtEnd }: MediaRecipe): Record<string, string> {
  if (!["mp4", "mov", "m4a"].includes(container)) return {};
  if (fragmented) return { movflags: "+frag_keyframe+delay_moov+default_base_moof" };
  return moovAtEnd ? {} : { movflags: "+faststart" };
}

function createPictures(track: PictureTrack, container: Container): PictureEncoder {
  const { encoder, options } = ENCODERS[track.codec];
  const frameRate = asFraction(track.frameRate ?? 25);
  return createPictureEncoder({
    encoder,
    width: track.width ?? 160,
    height: track.height ?? 120,
    frameRate,
    pixelFormat: PIXEL_FORMATS[track.pixelFormat ?? "yuv420p"].format,
    bFrames: track.bFrames ?? 0,
    gop: track.gop ?? 250,
    globalHeader: container !== "ts",
    options: {
      ...options,
      ...(track.codec === "h264" ? { bf: String(track.bFrames ?? 0) } : {}),
      ...(track.openGop && { "x264-params": "open-gop=1" }),
    },
  });
}

function drawPictures(pictures: PictureEncoder, track: PictureTrack, duration: number) {
  const { width = 160, height = 120, variableFrameRate = false } = track;
  const durations = track.frameDurations ?? (variableFrameRate ? VARIABLE_DURATIONS : [1]);
  const { chroma, bytes } = PIXEL_FORMATS[track.pixelFormat ?? "yuv420p"];
  const tick = pictures.timeBase.num / pictures.timeBase.den;
  const packets: EncodedPacket[] = [];
  const times: number[] = [];
  const size = width * height;
  for (let at = 0; at * tick < duration - tick / 2; ) {
    const planes = Buffer.alloc(size * (1 + 2 * chroma), GREY);
    planes.set(codedLuma(width, height, times.length));
    packets.push(...pictures.encode(bytes === 1 ? planes : tenBit(planes), at));
    const steps = durations[times.length % durations.length] ?? 1;
    times.push(at * tick);
    at += steps;
  }
  packets.push(...pictures.finish());
  return { packets, times };
}

function tenBit(planes: Buffer): Buffer {
  const wide = Buffer.alloc(2 * planes.length);
  for (const [i, value] of planes.entries()) wide.writeUInt16LE(value << 2, 2 * i);
  return wide;
}

function pictureTrack({ context, timeBase }: PictureEncoder, track: PictureTrack): MovieTrack {
  return {
    timeBase,
    describe(stream) {
      check(stream.codecpar.fromContext(context), "describing the picture");
      stream.avgFrameRate = context.framerate;
      if (track.codec === "hevc") stream.codecpar.codecTag = "hvc1";
      if (track.rotation) {
        const matrix = rotationMatrix(track.rotation);
        check(
          stream.codecpar.addCodedSideData(AV_PKT_DATA_DISPLAYMATRIX, matrix),
          "turning the picture",
        );
      }
    },
  };
}

/** ISO/IEC 14496-12, 6.2.2: 16.16 numbers, the last column 2.30; little-endian in memory. */
export function rotationMatrix(degrees: number): Buffer {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const matrix = Buffer.alloc(36);
  const values = [cos, sin, 0, -sin, cos, 0, 0, 0];
  for (const [i, value] of values.entries())
    matrix.writeInt32LE(Math.round(value * 2 ** 16), 4 * i);
  matrix.writeInt32LE(2 ** 30, 32);
  return matrix;
}

function asFraction(frameRate: number): { num: number; den: number } {
  if (Number.isInteger(frameRate)) return { num: frameRate, den: 1 };
  return { num: Math.round(frameRate * 1.001) * 1000, den: 1001 };
}
