import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_NOPTS_VALUE,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ411P,
  AV_PIX_FMT_YUVJ420P,
  AV_PIX_FMT_YUVJ422P,
  AV_PIX_FMT_YUVJ440P,
  AV_PIX_FMT_YUVJ444P,
  AVCOL_RANGE_MPEG,
  AVERROR_EAGAIN,
  type AVPixelFormat,
  type FFEncoderCodec,
  SWS_BICUBIC,
} from "node-av/constants";
import {
  Codec,
  CodecContext,
  Frame,
  Packet,
  Rational,
  SoftwareScaleContext,
  type Stream,
} from "node-av/lib";
import { AppError } from "../../domain/app-error.ts";
import { check, codecName } from "./input.ts";
import { openVideoDecoder } from "./video-decoder.ts";

export type VideoEncoderOptions = {
  /** x264 quality, 0..51; lower is better. */
  crf: number;
  preset: string;
  /** At most so many pictures in a row that refer to later ones; the preset's when left out. */
  bFrames?: number;
};

export type VideoTranscoder = {
  context: CodecContext;
  /** Decodes a packet of the stream and yields H.264 packets that are due, in the stream's time base. */
  push(packet: Packet): Generator<Packet>;
  finish(): Generator<Packet>;
  [Symbol.dispose](): void;
};

const DEFAULT_FRAME_RATE = 30;
const NAMED_FULL_RANGE: ReadonlySet<number> = new Set([
  AV_PIX_FMT_YUVJ411P,
  AV_PIX_FMT_YUVJ420P,
  AV_PIX_FMT_YUVJ422P,
  AV_PIX_FMT_YUVJ440P,
  AV_PIX_FMT_YUVJ444P,
]);

/**
 * Turns a video stream into H.264, 8 bit 4:2:0, that every browser plays. Every frame keeps its
 * timestamp, so a variable frame rate stays what it was. Odd sizes lose their last row or column.
 */
export function createVideoTranscoder(
  stream: Stream,
  options: VideoEncoderOptions,
): VideoTranscoder {
  const decoder = openVideoDecoder(stream);
  const encoder = createEncoder(stream, options);
  const decoded = new Frame();
  decoded.alloc();
  const packet = new Packet();
  packet.alloc();
  let scaler: SoftwareScaleContext | null = null;
  let lastPts = AV_NOPTS_VALUE;
  /** AVI tells decoding times only; pictures come out in the order of showing, so they take them in turn. */
  const turns: bigint[] = [];
  let takesTurns: boolean | null = null;

  function* drainEncoder(): Generator<Packet> {
    while (encoder.receivePacketSync(packet) >= 0) {
      yield packet;
      packet.unref();
    }
  }
  function* encode(frame: Frame): Generator<Packet> {
    frame.pictType = AV_PICTURE_TYPE_NONE;
    if (encoder.sendFrameSync(frame) === AVERROR_EAGAIN) {
      yield* drainEncoder();
      encoder.sendFrameSync(frame);
    }
    yield* drainEncoder();
  }
  function* drainDecoder(): Generator<Packet> {
    while (decoder.receiveFrameSync(decoded) >= 0) {
      const pts = takesTurns ? (turns.shift() ?? AV_NOPTS_VALUE) : decoded.bestEffortTimestamp;
      // A frame without a place of its own in time cannot be shown.
      if (pts === AV_NOPTS_VALUE || (lastPts !== AV_NOPTS_VALUE && pts <= lastPts)) {
        decoded.unref();
        continue;
      }
      lastPts = pts;
      decoded.pts = pts;
      if (decoded.format === AV_PIX_FMT_YUV420P && sameSize(decoded, encoder)) {
        yield* encode(decoded);
      } else {
        scaler ??= createScaler(decoded, encoder);
        const scaled = convert(scaler, decoded, encoder);
        yield* encode(scaled);
        scaled.free();
      }
      decoded.unref();
    }
  }
  return {
    context: encoder,
    *push(input) {
      takesTurns ??= input.pts === AV_NOPTS_VALUE;
      if (takesTurns) turns.push(input.dts);
      if (decoder.sendPacketSync(input) === AVERROR_EAGAIN) {
        yield* drainDecoder();
        decoder.sendPacketSync(input);
      }
      yield* drainDecoder();
    },
    *finish() {
      decoder.sendPacketSync(null);
      yield* drainDecoder();
      encoder.sendFrameSync(null);
      yield* drainEncoder();
    },
    [Symbol.dispose]() {
      scaler?.freeContext();
      packet.free();
      decoded.free();
      decoder.freeContext();
      encoder.freeContext();
    },
  };
}

function createEncoder(
  stream: Stream,
  { crf, preset, bFrames }: VideoEncoderOptions,
): CodecContext {
  const { codecpar } = stream;
  const codec = Codec.findEncoderByName("libx264" as FFEncoderCodec); // the name is a plain string
  if (!codec) throw new AppError("MEDIA_UNSUPPORTED", "there is no H.264 encoder");
  const encoder = new CodecContext();
  encoder.allocContext3(codec);
  encoder.width = codecpar.width - (codecpar.width % 2);
  encoder.height = codecpar.height - (codecpar.height % 2);
  encoder.pixelFormat = AV_PIX_FMT_YUV420P;
  encoder.timeBase = stream.timeBase;
  const rate = stream.avgFrameRate;
  encoder.framerate = rate.num > 0 && rate.den > 0 ? rate : new Rational(DEFAULT_FRAME_RATE, 1);
  encoder.sampleAspectRatio = codecpar.sampleAspectRatio;
  encoder.colorPrimaries = codecpar.colorPrimaries;
  encoder.colorTrc = codecpar.colorTrc;
  encoder.colorSpace = codecpar.colorSpace;
  // Formats that say so by their name are brought to limited range when they are converted.
  encoder.colorRange = NAMED_FULL_RANGE.has(codecpar.format)
    ? AVCOL_RANGE_MPEG
    : codecpar.colorRange;
  if (bFrames !== undefined) encoder.maxBFrames = bFrames;
  encoder.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  check(encoder.setOption("preset", preset), `x264 preset ${preset}`);
  check(encoder.setOption("crf", String(crf)), `x264 quality ${crf}`);
  check(encoder.open2Sync(codec, null), "opening the H.264 encoder");
  return encoder;
}

function sameSize(frame: Frame, encoder: CodecContext): boolean {
  return frame.width === encoder.width && frame.height === encoder.height;
}

function createScaler(frame: Frame, encoder: CodecContext): SoftwareScaleContext {
  const scaler = new SoftwareScaleContext();
  scaler.getContext(
    frame.width,
    frame.height,
    frame.format as AVPixelFormat, // a video frame
    encoder.width,
    encoder.height,
    AV_PIX_FMT_YUV420P,
    SWS_BICUBIC,
  );
  return scaler;
}

function convert(scaler: SoftwareScaleContext, frame: Frame, encoder: CodecContext): Frame {
  const scaled = new Frame();
  scaled.alloc();
  scaled.width = encoder.width;
  scaled.height = encoder.height;
  scaled.format = AV_PIX_FMT_YUV420P;
  check(scaled.getBuffer(0), "allocating a picture");
  check(scaler.scaleFrameSync(scaled, frame), "converting a picture");
  scaled.pts = frame.pts;
  return scaled;
}

/** Whether browsers play the stream as it is: H.264 with 8 bit 4:2:0 pictures. */
export function isWebVideo(stream: Stream): boolean {
  const { format } = stream.codecpar;
  return (
    codecName(stream) === "h264" &&
    (format === AV_PIX_FMT_YUV420P || format === AV_PIX_FMT_YUVJ420P)
  );
}
