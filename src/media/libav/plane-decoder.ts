import {
  AV_NOPTS_VALUE,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ420P,
  AVERROR_EAGAIN,
} from "node-av/constants";
import { Frame, Packet, type Stream } from "node-av/lib";
import { openVideoDecoder } from "./video-decoder.ts";

/** A decoded picture in planar YUV 4:2:0 of 8 bits: y, u and v one after another, without padding. */
export type DecodedPicture = {
  bytes: Buffer;
  width: number;
  height: number;
  /** As it was given with its packet. */
  pts: number;
};

export type PlaneDecoder = {
  /** The pictures that are due, in the order of showing. */
  decode(packet: { data: Buffer; pts: number }): Generator<DecodedPicture>;
  finish(): Generator<DecodedPicture>;
  [Symbol.dispose](): void;
};

/**
 * Decodes packets of a stream whose pictures have 4:2:0 samples of 8 bits; a damaged packet gives no
 * picture. One thread: what comes out does not depend on the machine.
 */
export function createPlaneDecoder(stream: Stream): PlaneDecoder {
  const decoder = openVideoDecoder(stream, { threads: 1 });
  const frame = new Frame();
  frame.alloc();
  const packet = new Packet();
  packet.alloc();

  function* drain(): Generator<DecodedPicture> {
    while (decoder.receiveFrameSync(frame) >= 0) {
      const { width, height, format, pts, decodeErrorFlags } = frame;
      const plain = format === AV_PIX_FMT_YUV420P || format === AV_PIX_FMT_YUVJ420P;
      const whole = plain && decodeErrorFlags === 0 && pts !== AV_NOPTS_VALUE;
      const bytes = whole ? frame.toBuffer() : null;
      frame.unref();
      if (bytes) yield { bytes, width, height, pts: Number(pts) };
    }
  }
  return {
    *decode({ data, pts }) {
      packet.data = data;
      packet.pts = BigInt(pts);
      if (decoder.sendPacketSync(packet) === AVERROR_EAGAIN) {
        yield* drain();
        decoder.sendPacketSync(packet);
      }
      packet.unref();
      yield* drain();
    },
    *finish() {
      decoder.sendPacketSync(null);
      yield* drain();
    },
    [Symbol.dispose]() {
      packet.free();
      frame.free();
      decoder.freeContext();
    },
  };
}
