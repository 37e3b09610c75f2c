import { AVERROR_EAGAIN } from "node-av/constants";
import { Frame, type Stream } from "node-av/lib";
import type { Input } from "./input.ts";
import { openVideoDecoder } from "./video-decoder.ts";

/** Decodes the pictures of a stream whatever their format is. */
export type FrameDecoder = {
  /** Every frame in the order of showing; each is valid until the next one is asked for. */
  all(): Generator<Frame>;
  [Symbol.dispose](): void;
};

/** @throws AppError MEDIA_UNSUPPORTED. */
export function createFrameDecoder(input: Input, stream: Stream): FrameDecoder {
  const decoder = openVideoDecoder(stream);
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
