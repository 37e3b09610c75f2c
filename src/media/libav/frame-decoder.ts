import { AVERROR_EAGAIN } from "node-av/constants";
import { Codec, CodecContext, Frame, type Stream } from "node-av/lib";
import { AppError } from "../../domain/app-error.ts";
import { DEFAULT_MEDIA_LIMITS } from "../media-limits.ts";
import { check, codecName, type Input } from "./input.ts";

/** Decodes the pictures of a stream whatever their format is. */
export type FrameDecoder = {
  /** Every frame in the order of showing; each is valid until the next one is asked for. */
  all(): Generator<Frame>;
  [Symbol.dispose](): void;
};

/** @throws AppError MEDIA_UNSUPPORTED. */
export function createFrameDecoder(input: Input, stream: Stream): FrameDecoder {
  const { codecpar } = stream;
  const codec = Codec.findDecoder(codecpar.codecId);
  if (!codec) {
    throw new AppError("MEDIA_UNSUPPORTED", `there is no decoder for ${codecName(stream)} video`);
  }
  const decoder = new CodecContext();
  decoder.allocContext3(codec);
  check(decoder.parametersToContext(codecpar), "setting up the video decoder");
  decoder.pktTimebase = stream.timeBase;
  const { pixels } = DEFAULT_MEDIA_LIMITS;
  check(decoder.setOption("max_pixels", String(pixels)), "limiting the picture size");
  check(decoder.open2Sync(codec, null), "opening the video decoder");
  const frame = new Frame();
  frame.alloc();

  function* drain(): Generator<Frame> {
    while (decoder.receiveFrameSync(frame) >= 0) {
      yield frame;
      frame.unref();
    }
  }
  return {
    *all(): Generator<Frame> {
      for (const packet of input.packets()) {
        if (packet.streamIndex !== stream.index) continue;
        if (decoder.sendPacketSync(packet) === AVERROR_EAGAIN) {
          yield* drain();
          decoder.sendPacketSync(packet);
        }
        yield* drain();
      }
      decoder.sendPacketSync(null);
      yield* drain();
    },
    [Symbol.dispose]() {
      frame.free();
      decoder.freeContext();
    },
  };
}
