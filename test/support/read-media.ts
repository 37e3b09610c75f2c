import { createHash } from "node:crypto";
import {
  AV_NOPTS_VALUE,
  AV_PIX_FMT_YUV420P10LE,
  AVERROR_EAGAIN,
  AVERROR_EOF,
} from "node-av/constants";
import { Codec, CodecContext, Frame, type Packet, type Stream } from "node-av/lib";
import type { Audio } from "../../src/domain/audio.ts";
import { check, codecName, type Input, openInput } from "../../src/media/libav/input.ts";
import { mixDown, timelineAudio } from "../../src/media/libav/timeline-audio.ts";
import { frameNumber, type Luma } from "./frame-code.ts";

/** Readers for assertions. Times are seconds on the timeline that a player shows. */

export type ReadPacket = {
  data: Buffer;
  pts: number;
  duration: number;
};

export type ReadFrame = Luma & {
  time: number;
  /** What is drawn into a picture of `makeMedia`. */
  number: number;
};

/** What the file says of its streams. */
export function describeMedia(file: string) {
  using input = openInput(file);
  const { video, audio, format } = input;
  return {
    container: format.iformat?.name ?? "",
    video: video && {
      codec: codecName(video),
      width: video.codecpar.width,
      height: video.codecpar.height,
      pixelFormat: video.codecpar.format,
      reorderDepth: video.codecpar.videoDelay,
    },
    audio: audio && {
      codec: codecName(audio),
      sampleRate: audio.codecpar.sampleRate,
      channels: audio.codecpar.channels,
      config: audio.codecpar.extradata,
    },
  };
}

/** The file's metadata by FFmpeg's names. */
export function tagsOf(file: string): Record<string, string> {
  using input = openInput(file);
  return input.format.metadata?.getAll() ?? {};
}

/** SHA-256 of every video packet, in file order. */
export function videoPacketHashes(file: string): string[] {
  using input = openInput(file);
  // A packet is valid until the next one: it is read as it comes.
  return packetsOf(input, requireStream(input.video, file))
    .map(({ data }) =>
      createHash("sha256")
        .update(data ?? "")
        .digest("hex"),
    )
    .toArray();
}

export function videoPackets(file: string): ReadPacket[] {
  using input = openInput(file);
  return readPackets(input, requireStream(input.video, file));
}

/** In file order; the first of them may lie before zero. */
export function audioPackets(file: string): ReadPacket[] {
  using input = openInput(file);
  return readPackets(input, requireStream(input.audio, file));
}

/** The sound from zero on, mixed to mono: priming is cut off, gaps are silent. */
export function decodeSound(file: string): Audio {
  using input = openInput(file);
  const { sampleRate } = requireStream(input.audio, file).codecpar;
  const parts = [...timelineAudio(input, undefined)].map(mixDown);
  const samples = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return { samples, sampleRate };
}

/**
 * When each stream ends by its packets, and how long the container says the file is; null for a
 * stream that is not there.
 */
export function streamDurations(file: string): {
  container: number;
  video: number | null;
  audio: number | null;
} {
  using input = openInput(file);
  const ends = { video: 0, audio: 0 };
  for (const packet of input.packets()) {
    for (const kind of ["video", "audio"] as const) {
      const stream = input[kind];
      if (packet.streamIndex !== stream?.index) continue;
      const { pts, duration } = timesOf(packet, stream, input.zero);
      ends[kind] = Math.max(ends[kind], pts + duration);
    }
  }
  return {
    container: Number(input.format.duration) / 1_000_000,
    video: input.video && ends.video,
    audio: input.audio && ends.audio,
  };
}

/** The picture shown at a moment. */
export function decodeFrame(file: string, seconds: number): ReadFrame {
  let shown: ReadFrame | undefined;
  for (const frame of decodedFrames(file)) {
    if (shown && frame.time > seconds + 1e-6) break;
    shown = frame;
  }
  if (!shown) throw new Error(`${file} has no picture`);
  return shown;
}

/** Fails at the first packet that does not decode cleanly. */
export function decodedFrameCount(file: string): number {
  return [...decodedFrames(file)].length;
}

/**
 * All pictures in the order in which they are shown; 8 bits whatever the file has.
 * @throws Error at the first packet that does not decode cleanly.
 */
export function* decodedFrames(file: string): Generator<ReadFrame> {
  using input = openInput(file);
  const stream = requireStream(input.video, file);
  const codec = Codec.findDecoder(stream.codecpar.codecId);
  if (!codec) throw new Error(`there is no decoder for ${codecName(stream)}`);
  using decoder = new CodecContext();
  decoder.allocContext3(codec);
  check(decoder.parametersToContext(stream.codecpar), "setting up the decoder");
  decoder.pktTimebase = stream.timeBase;
  decoder.threadCount = 1;
  check(decoder.setOption("err_detect", "explode"), "asking for errors");
  check(decoder.open2Sync(codec, null), "opening the decoder");
  using frame = new Frame();
  frame.alloc();
  const tick = stream.timeBase.num / stream.timeBase.den;

  function* drain(): Generator<ReadFrame> {
    for (;;) {
      const received = decoder.receiveFrameSync(frame);
      if (received === AVERROR_EAGAIN || received === AVERROR_EOF) return;
      check(received, `decoding a picture of ${input.name}`);
      if (frame.decodeErrorFlags !== 0) throw new Error(`a picture of ${input.name} is damaged`);
      const picture = lumaOf(frame);
      const time = Number(frame.bestEffortTimestamp) * tick - input.zero;
      frame.unref();
      yield { ...picture, time, number: frameNumber(picture) };
    }
  }
  for (const packet of packetsOf(input, stream)) {
    check(decoder.sendPacketSync(packet), `decoding a packet of ${input.name}`);
    yield* drain();
  }
  check(decoder.sendPacketSync(null), "ending the decoder");
  yield* drain();
}

function lumaOf(frame: Frame): Luma {
  const { width, height } = frame;
  const [plane] = frame.data ?? [];
  const [stride = 0] = frame.linesize;
  if (!plane) throw new Error("the frame has no picture");
  // Rows of 16-bit samples are at least twice as long as the picture is wide.
  const wide = isTenBit(frame);
  const luma = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      luma[y * width + x] = wide
        ? plane.readUInt16LE(y * stride + 2 * x) >> 2
        : (plane[y * stride + x] ?? 0);
    }
  }
  return { width, height, luma };
}

function isTenBit(frame: Frame): boolean {
  return frame.format === AV_PIX_FMT_YUV420P10LE;
}

function* packetsOf(input: Input, stream: Stream): Generator<Packet> {
  for (const packet of input.packets()) if (packet.streamIndex === stream.index) yield packet;
}

function readPackets(input: Input, stream: Stream): ReadPacket[] {
  return packetsOf(input, stream)
    .map((packet) => ({
      data: Buffer.from(packet.data ?? []),
      ...timesOf(packet, stream, input.zero),
    }))
    .toArray();
}

function timesOf(packet: Packet, stream: Stream, zero: number) {
  const tick = stream.timeBase.num / stream.timeBase.den;
  // AVI knows decoding times only.
  const pts = packet.pts === AV_NOPTS_VALUE ? packet.dts : packet.pts;
  return { pts: Number(pts) * tick - zero, duration: Number(packet.duration) * tick };
}

function requireStream(stream: Stream | null, file: string): Stream {
  if (!stream) throw new Error(`${file} lacks the stream`);
  return stream;
}
