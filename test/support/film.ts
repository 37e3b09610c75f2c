import {
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUV420P10LE,
  AV_PKT_DATA_DISPLAYMATRIX,
} from "node-av/constants";
import type { Audio } from "../../src/domain/audio.ts";
import { chromaOf, createPlanes, type Yuv420 } from "../../src/face/portrait/planes.ts";
import { timeBase } from "../../src/media/libav/audio-decoder.ts";
import { check, openInput } from "../../src/media/libav/input.ts";
import { createMovieWriter, type EncodedPacket } from "../../src/media/libav/movie-writer.ts";
import { createPictureEncoder, type PictureColour } from "../../src/media/libav/picture-encoder.ts";
import { createPlaneDecoder } from "../../src/media/libav/plane-decoder.ts";
import { rotationMatrix } from "./make-media.ts";
import { encodeSound } from "./sound-encoder.ts";

/** A film as its pictures and its sound, to be changed and written as another file. */

const CHANNELS = ["y", "u", "v"] as const;
const BLACK = { y: 16, u: 128, v: 128 };
/** Ticks a second of the pictures' times. */
const TICKS = 12_000;

/** All pictures in the order of showing, and when each is shown, seconds of the track. */
export function filmPictures(file: string): { pictures: Yuv420[]; times: number[] } {
  using input = openInput(file);
  const { video } = input;
  if (!video) throw new Error(`${file} has no picture`);
  using decoder = createPlaneDecoder(video);
  const tick = video.timeBase.num / video.timeBase.den;
  const film: { pictures: Yuv420[]; times: number[] } = { pictures: [], times: [] };
  const take = (
    decoded: Iterable<{ bytes: Buffer; width: number; height: number; pts: number }>,
  ) => {
    for (const { bytes, width, height, pts } of decoded) {
      const [luma, chroma] = [width * height, chromaOf(width) * chromaOf(height)];
      const part = (from: number, size: number) =>
        Uint8Array.from(bytes.subarray(from, from + size));
      film.pictures.push({
        ...{ width, height, y: part(0, luma) },
        ...{ u: part(luma, chroma), v: part(luma + chroma, chroma) },
      });
      film.times.push(pts * tick - input.zero);
    }
  };
  for (const packet of input.packets()) {
    if (packet.streamIndex !== video.index) continue;
    take(decoder.decode({ data: Buffer.from(packet.data ?? []), pts: Number(packet.pts) }));
  }
  take(decoder.finish());
  return film;
}

export type FilmRecipe = {
  file: string;
  pictures: Iterable<Yuv420>;
  /** Frames a second; 25 when left out. */
  fps?: number;
  /** When each is shown, seconds; even when left out. */
  times?: readonly number[];
  audio: Audio;
  codec?: "h264" | "hevc" | "vp9";
  tenBit?: boolean;
  colour?: PictureColour;
  /** Clockwise degrees a player is told to turn the picture by. */
  rotation?: 0 | 90 | 180 | 270;
  bFrames?: number;
  gop?: number;
};

const ENCODERS = {
  h264: { encoder: "libx264", options: { preset: "ultrafast", crf: "16" } },
  hevc: {
    encoder: "libx265",
    options: {
      preset: "ultrafast",
      crf: "16",
      "x265-params": "log-level=none:pools=none:frame-threads=1",
    },
  },
  vp9: {
    encoder: "libvpx-vp9",
    options: { deadline: "realtime", "cpu-used": "8", crf: "20", b: "0" },
  },
};

export function writeFilm(recipe: FilmRecipe): void {
  const { file, audio, fps = 25, times, codec = "h264", rotation = 0 } = recipe;
  const pictures = Iterator.from(recipe.pictures);
  const first = pictures.next().value;
  if (!first) throw new Error("a film has pictures");
  const { encoder, options } = ENCODERS[codec];
  using drawn = createPictureEncoder({
    ...{ encoder, width: first.width, height: first.height },
    ...{ frameRate: { num: fps, den: 1 }, timeBase: { num: 1, den: TICKS } },
    pixelFormat: recipe.tenBit ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P,
    bFrames: recipe.bFrames ?? 0,
    gop: recipe.gop ?? 250,
    ...(recipe.colour && { colour: recipe.colour }),
    options: { ...options, ...(codec === "h264" && { bf: String(recipe.bFrames ?? 0) }) },
  });
  const queue: { track: number; time: number; packet: EncodedPacket }[] = [];
  const keep = (packets: EncodedPacket[]) => {
    for (const packet of packets) queue.push({ track: 0, time: packet.dts / TICKS, packet });
  };
  let count = 0;
  for (const picture of [first].values().flatMap(function* (one) {
    yield one;
    yield* pictures;
  })) {
    const bytes = Buffer.concat(CHANNELS.map((channel) => picture[channel]));
    const time = times?.[count] ?? count / fps;
    keep(drawn.encode(recipe.tenBit ? tenBit(bytes) : bytes, Math.round(time * TICKS)));
    count++;
  }
  keep(drawn.finish());
  const { samples, sampleRate } = audio;
  const sound = encodeSound(samples, { codec: "aac", sampleRate, channels: 1 });
  for (const packet of sound.packets) {
    queue.push({ track: 1, time: packet.dts / sampleRate, packet });
  }
  using writer = createMovieWriter({
    file,
    container: "mp4",
    tracks: [
      {
        timeBase: drawn.timeBase,
        describe(stream) {
          check(stream.codecpar.fromContext(drawn.context), "describing the picture");
          stream.avgFrameRate = drawn.context.framerate;
          if (codec === "hevc") stream.codecpar.codecTag = "hvc1";
          if (rotation === 0) return;
          const matrix = rotationMatrix(rotation);
          check(stream.codecpar.addCodedSideData(AV_PKT_DATA_DISPLAYMATRIX, matrix), "turning it");
        },
      },
      { timeBase: timeBase(sampleRate), describe: sound.describe },
    ],
  });
  queue.sort((a, b) => a.time - b.time);
  for (const { track, packet } of queue) writer.write(track, packet);
  writer.finish();
}

function tenBit(planes: Buffer): Buffer {
  const wide = Buffer.alloc(2 * planes.length);
  for (const [i, value] of planes.entries()) wide.writeUInt16LE(value << 2, 2 * i);
  return wide;
}

/** Where a pixel of a new picture comes from in another one. */
export type Place = (x: number, y: number) => [x: number, y: number];

/** A picture of another size, each of its pixels from the place that `from` says; black from outside. */
export function drawnFrom(
  source: Yuv420,
  { width, height, from }: { width: number; height: number; from: Place },
): Yuv420 {
  return drawnOver(createPlanes(width, height), source, from);
}

/** The same over another picture: what lies outside the source stays. */
export function drawnOver(under: Yuv420, source: Yuv420, from: Place): Yuv420 {
  const { width, height, y, u, v } = under;
  const out = { width, height, y: y.slice(), u: u.slice(), v: v.slice() };
  for (const channel of CHANNELS) {
    const scale = channel === "y" ? 1 : 2;
    const [columns, rows] = scale === 1 ? [out.width, out.height] : chromaSize(out);
    const [across, down] = scale === 1 ? [source.width, source.height] : chromaSize(source);
    const plane = source[channel];
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const [fromX, fromY] = from((x + 0.5) * scale, (y + 0.5) * scale);
        const [sx, sy] = [fromX / scale - 0.5, fromY / scale - 0.5];
        if (sx < -0.5 || sy < -0.5 || sx > across - 0.5 || sy > down - 0.5) continue;
        const [x0, y0] = [Math.max(0, Math.floor(sx)), Math.max(0, Math.floor(sy))];
        const [x1, y1] = [Math.min(across - 1, x0 + 1), Math.min(down - 1, y0 + 1)];
        const [fx, fy] = [Math.max(0, sx - x0), Math.max(0, sy - y0)];
        const at = (column: number, row: number) => plane[row * across + column] ?? BLACK[channel];
        const top = at(x0, y0) * (1 - fx) + at(x1, y0) * fx;
        const bottom = at(x0, y1) * (1 - fx) + at(x1, y1) * fx;
        out[channel][y * columns + x] = Math.round(top * (1 - fy) + bottom * fy);
      }
    }
  }
  return out;
}

function chromaSize({ width, height }: { width: number; height: number }): [number, number] {
  return [chromaOf(width), chromaOf(height)];
}

/** A picture within a larger one, from an even place on. */
export function pasted(under: Yuv420, picture: Yuv420, left: number, top: number): Yuv420 {
  const { width, height, y, u, v } = under;
  const out = { width, height, y: y.slice(), u: u.slice(), v: v.slice() };
  for (const channel of CHANNELS) {
    const scale = channel === "y" ? 1 : 2;
    const [columns] = scale === 1 ? [width] : chromaSize(under);
    const [across, down] = scale === 1 ? [picture.width, picture.height] : chromaSize(picture);
    for (let row = 0; row < down; row++) {
      const from = picture[channel].subarray(row * across, (row + 1) * across);
      out[channel].set(from, (top / scale + row) * columns + left / scale);
    }
  }
  return out;
}

/** A picture whose levels are others. */
export function relevelled(
  { width, height, y, u, v }: Yuv420,
  luma: (level: number) => number,
  chroma: (level: number) => number,
): Yuv420 {
  return { width, height, y: y.map(luma), u: u.map(chroma), v: v.map(chroma) };
}

/** What a player shows of a picture that it is told to turn clockwise. */
export function turned(picture: Yuv420, degrees: number): Yuv420 {
  const { width, height } = picture;
  const size = degrees % 180 === 0 ? { width, height } : { width: height, height: width };
  const from: Place =
    degrees === 90
      ? (x, y) => [y, height - x]
      : degrees === 180
        ? (x, y) => [width - x, height - y]
        : degrees === 270
          ? (x, y) => [width - y, x]
          : (x, y) => [x, y];
  return drawnFrom(picture, { ...size, from });
}
