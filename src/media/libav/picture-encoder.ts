import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PICTURE_TYPE_I,
  AV_PIX_FMT_YUV420P,
  type AVChromaLocation,
  AVCOL_PRI_BT709,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_TRC_BT709,
  type AVColorPrimaries,
  type AVColorRange,
  type AVColorSpace,
  type AVColorTransferCharacteristic,
  type AVPixelFormat,
  type FFEncoderCodec,
} from "node-av/constants";
import { Codec, CodecContext, Frame, Packet, Rational } from "node-av/lib";
import { AppError } from "../../domain/app-error.ts";
import { check } from "./input.ts";
import type { EncodedPacket } from "./movie-writer.ts";

/** How the numbers of a picture are meant (ITU-T H.273). */
export type PictureColour = {
  primaries: AVColorPrimaries;
  transfer: AVColorTransferCharacteristic;
  space: AVColorSpace;
  range: AVColorRange;
  chromaLocation: AVChromaLocation;
};

export type PictureEncoderOptions = {
  /** FFmpeg's name of the encoder, such as `libx264`. */
  encoder: string;
  width: number;
  height: number;
  /** Frames a second, as a fraction. */
  frameRate: { num: number; den: number };
  /** Of the packets and of `pts`, seconds; the frame's duration when left out. */
  timeBase?: { num: number; den: number };
  /** Of a pixel; square, or not told, when left out. */
  sampleAspectRatio?: { num: number; den: number };
  /** BT.709 of limited range when left out. */
  colour?: PictureColour;
  /** 8-bit 4:2:0 when left out. */
  pixelFormat?: AVPixelFormat;
  /** At most so many in a row. */
  bFrames: number;
  /** Frames from one key frame to the next. */
  gop: number;
  /** Whether parameter sets are kept out of the packets; transport streams want them in. */
  globalHeader?: boolean;
  /** The encoder's own options. */
  options?: Record<string, string>;
};

export type PictureEncoder = {
  context: CodecContext;
  timeBase: Rational;
  /**
   * `bytes`: the picture's planes one after another; `pts`: in the time base, increasing; `key`: a key
   * frame whatever the encoder would choose.
   */
  encode(bytes: Buffer, pts: number, key?: boolean): EncodedPacket[];
  finish(): EncodedPacket[];
  [Symbol.dispose](): void;
};

/** The number of threads is part of what the packets depend on, so it is not the machine's. */
const THREADS = 1;

export function createPictureEncoder(options: PictureEncoderOptions): PictureEncoder {
  const { width, height, frameRate, pixelFormat = AV_PIX_FMT_YUV420P } = options;
  const codec = Codec.findEncoderByName(options.encoder as FFEncoderCodec); // a plain string
  if (!codec) throw new AppError("MEDIA_UNSUPPORTED", `there is no encoder ${options.encoder}`);
  const { num, den } = options.timeBase ?? { num: frameRate.den, den: frameRate.num };
  const timeBase = new Rational(num, den);
  const context = new CodecContext();
  context.allocContext3(codec);
  context.width = width;
  context.height = height;
  context.pixelFormat = pixelFormat;
  context.timeBase = timeBase;
  context.framerate = new Rational(frameRate.num, frameRate.den);
  context.gopSize = options.gop;
  context.maxBFrames = options.bFrames;
  context.threadCount = THREADS;
  const { colour, sampleAspectRatio } = options;
  context.colorRange = colour?.range ?? AVCOL_RANGE_MPEG;
  context.colorPrimaries = colour?.primaries ?? AVCOL_PRI_BT709;
  context.colorTrc = colour?.transfer ?? AVCOL_TRC_BT709;
  context.colorSpace = colour?.space ?? AVCOL_SPC_BT709;
  if (colour) context.chromaLocation = colour.chromaLocation;
  if (sampleAspectRatio) {
    context.sampleAspectRatio = new Rational(sampleAspectRatio.num, sampleAspectRatio.den);
  }
  if (options.globalHeader ?? true) context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  // Options go in by setOption: a dictionary given to open2Sync crashes at a later collection.
  for (const [key, value] of Object.entries(options.options ?? {})) {
    check(context.setOption(key, value), `setting ${key} of ${options.encoder}`);
  }
  check(context.open2Sync(codec, null), `opening ${options.encoder}`);
  const packet = new Packet();
  packet.alloc();

  const drain = (): EncodedPacket[] => {
    const packets: EncodedPacket[] = [];
    while (context.receivePacketSync(packet) >= 0) {
      packets.push({
        data: Buffer.from(packet.data ?? []),
        pts: Number(packet.pts),
        dts: Number(packet.dts),
        duration: Number(packet.duration),
        key: packet.isKeyframe,
      });
      packet.unref();
    }
    return packets;
  };
  return {
    context,
    timeBase,
    encode(bytes, pts, key = false) {
      const frame = Frame.fromVideoBuffer(bytes, {
        width,
        height,
        format: pixelFormat,
        timeBase,
        pts: BigInt(pts),
      });
      try {
        if (key) frame.pictType = AV_PICTURE_TYPE_I;
        check(context.sendFrameSync(frame), "encoding a picture");
      } finally {
        frame.free();
      }
      return drain();
    },
    finish() {
      check(context.sendFrameSync(null), "ending the picture encoder");
      return drain();
    },
    [Symbol.dispose]() {
      packet.free();
      context.freeContext();
    },
  };
}
