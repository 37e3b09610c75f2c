import { statSync } from "node:fs";
import { AV_PKT_DATA_DISPLAYMATRIX, type AVPixelFormat } from "node-av/constants";
import { avGetPixFmtName, type Stream } from "node-av/lib";
import type { MediaInfo, VideoInfo } from "../ports/media-engine.ts";
import { codecName, openInput } from "./libav/input.ts";

export function probe(path: string): MediaInfo {
  using input = openInput(path);
  const { format, video, audio } = input;
  const duration = Number(format.duration) / 1_000_000;
  return {
    container: format.iformat?.name ?? "unknown",
    duration: Number.isFinite(duration) && duration > 0 ? duration : 0,
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
  };
}

/** From the display matrix (ISO/IEC 14496-12 §8.2.2.3): nine 16.16 numbers, a b u c d v x y w. */
function rotationOf(stream: Stream): number {
  const matrix = stream.codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
  if (!matrix || matrix.length < 36) return 0;
  const degrees = (Math.atan2(matrix.readInt32LE(4), matrix.readInt32LE(0)) * 180) / Math.PI;
  return (Math.round(degrees / 90) * 90 + 360) % 360;
}
