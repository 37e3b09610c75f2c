import { statSync } from "node:fs";
import { AV_PKT_DATA_DISPLAYMATRIX, type AVPixelFormat } from "node-av/constants";
import { avGetPixFmtName, type Stream } from "node-av/lib";
import { AppError } from "../domain/app-error.ts";
import type { MediaInfo, VideoInfo } from "../ports/media-engine.ts";
import { codecName, type Input, openInput } from "./libav/input.ts";
import { DEFAULT_MEDIA_LIMITS, type MediaLimits } from "./media-limits.ts";

/**
 * What a file is, told by its headers and first packets.
 * @throws AppError as `openInput` does; MEDIA_UNREADABLE when there is nothing to play,
 * MEDIA_TOO_LARGE.
 */
export function probe(path: string, limits: MediaLimits = DEFAULT_MEDIA_LIMITS): MediaInfo {
  using input = openInput(path, limits);
  const { format, video, audio } = input;
  const stated = Number(format.duration) / 1_000_000;
  const duration = Number.isFinite(stated) && stated > 0 ? stated : 0;
  requireSize(input, duration, limits);
  requireContent(input);
  return {
    container: format.iformat?.name ?? "unknown",
    duration,
    sizeBytes: statSync(path).size,
    video: video && videoInfo(video),
    audio: audio && {
      codec: codecName(audio),
      sampleRate: audio.codecpar.sampleRate,
      channels: audio.codecpar.channels,
    },
  };
}

function videoInfo(stream: Stream): VideoInfo {
  const { width, height, format } = stream.codecpar;
  const { num, den } = stream.avgFrameRate;
  return {
    codec: codecName(stream),
    width,
    height,
    rotation: rotationOf(stream),
    frameRate: den > 0 ? num / den : 0,
    pixelFormat: avGetPixFmtName(format as AVPixelFormat) ?? "unknown", // a video stream
    ...(stream.nbFrames > 0n && { frames: Number(stream.nbFrames) }),
  };
}

function requireSize({ name, video }: Input, duration: number, limits: MediaLimits): void {
  if (duration > limits.seconds) {
    throw new AppError(
      "MEDIA_TOO_LARGE",
      `${name} lasts ${Math.round(duration)} s, at most ${limits.seconds} s are allowed: cut it into shorter ones`,
    );
  }
  if (!video) return;
  const { width, height } = video.codecpar;
  if (Math.max(width, height) > limits.side || width * height > limits.pixels) {
    const megapixels = limits.pixels / 1_000_000;
    throw new AppError(
      "MEDIA_TOO_LARGE",
      `the picture of ${name} has ${width}×${height} pixels, at most ${limits.side} a side and ${megapixels} million are allowed: export it in a smaller size`,
    );
  }
}

/** A sound header may have nothing behind it. */
function requireContent(input: Input): void {
  const { name, video, audio } = input;
  const played = [video?.index, audio?.index].filter((index) => index !== undefined);
  if (video && (video.codecpar.width <= 0 || video.codecpar.height <= 0)) {
    throw new AppError(
      "MEDIA_UNREADABLE",
      `the ${codecName(video)} picture of ${name} cannot be decoded: the file is damaged, export it again`,
    );
  }
  for (const { streamIndex } of input.packets()) if (played.includes(streamIndex)) return;
  throw new AppError(
    "MEDIA_UNREADABLE",
    `${name} holds neither pictures nor sound: it is damaged or unfinished, export it again`,
  );
}

/** How far a player turns the stream's picture clockwise, degrees. */
export function rotationOf(stream: Stream): number {
  return degreesOf(stream.codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX));
}

/**
 * How far a display matrix (ISO/IEC 14496-12 §8.2.2.3: nine 16.16 numbers, a b u c d v x y w) turns a
 * picture clockwise: 0, 90, 180 or 270 degrees; 0 without one.
 */
export function degreesOf(matrix: Buffer | null): number {
  if (!matrix || matrix.length < 36) return 0;
  const degrees = (Math.atan2(matrix.readInt32LE(4), matrix.readInt32LE(0)) * 180) / Math.PI;
  return (Math.round(degrees / 90) * 90 + 360) % 360;
}
