import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_SAMPLE_FMT_FLTP,
  type FFEncoderCodec,
} from "node-av/constants";
import { Codec, CodecContext, Frame, Packet } from "node-av/lib";
import { AppError } from "../../domain/app-error.ts";
import { layoutOf, timeBase } from "./audio-decoder.ts";
import { check } from "./input.ts";

export type AudioEncoderOptions = {
  codec: "aac" | "libmp3lame";
  sampleRate: number;
  channels: number;
  /** Bits a second. */
  bitRate: number;
};

export type AudioEncoder = {
  /** Samples in one packet. */
  frameLength: number;
  /** Samples of silence the encoder puts in front. */
  padding: number;
  /** AudioSpecificConfig of AAC; empty for MP3. */
  extradata: Buffer;
  context: CodecContext;
  /** `channels`: `[channel][frameLength]`, only the last frame may be shorter. */
  encode(channels: Float32Array[]): Buffer[];
  finish(): Buffer[];
  [Symbol.dispose](): void;
};

/** Private options: a fast quantiser for AAC; independent frames for MP3, so that they can be spliced. */
const CODEC_OPTIONS = {
  aac: { aac_coder: "fast" },
  libmp3lame: { reservoir: "0" },
} as const;

/** Bits an AAC frame may have per channel (ISO/IEC 14496-3). */
const AAC_MAX_FRAME_BITS = 6144;

export function createAudioEncoder(options: AudioEncoderOptions): AudioEncoder {
  const { sampleRate, channels } = options;
  const codec = Codec.findEncoderByName(options.codec as FFEncoderCodec); // the name is a plain string
  if (!codec) throw new AppError("MEDIA_UNSUPPORTED", `there is no encoder ${options.codec}`);
  const context = new CodecContext();
  context.allocContext3(codec);
  context.sampleRate = sampleRate;
  context.channelLayout = layoutOf(channels);
  context.sampleFormat = AV_SAMPLE_FMT_FLTP;
  context.timeBase = timeBase(sampleRate);
  context.bitRate = BigInt(Math.round(boundedBitRate(options)));
  context.threadCount = 1;
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  for (const [key, value] of Object.entries(CODEC_OPTIONS[options.codec])) {
    check(context.setOption(key, value), `setting ${key} of the ${options.codec} encoder`);
  }
  // Options go in by setOption: a dictionary given to open2Sync crashes at a later collection.
  check(context.open2Sync(codec, null), `opening the ${options.codec} encoder`);
  const packet = new Packet();
  packet.alloc();
  let position = 0n;

  const drain = (): Buffer[] => {
    const packets: Buffer[] = [];
    while (context.receivePacketSync(packet) >= 0) {
      packets.push(Buffer.from(packet.data ?? []));
      packet.unref();
    }
    return packets;
  };
  return {
    frameLength: context.frameSize,
    padding: options.codec === "aac" ? 1024 : 1105, // libmp3lame: 576 + 529 (libavcodec/libmp3lame.c)
    extradata: Buffer.from(context.extraData ?? []),
    context,
    encode(planes) {
      const frame = new Frame();
      frame.alloc();
      try {
        frame.nbSamples = planes[0]?.length ?? 0;
        frame.format = AV_SAMPLE_FMT_FLTP;
        frame.channelLayout = layoutOf(channels);
        frame.sampleRate = sampleRate;
        frame.pts = position;
        check(frame.getBuffer(0), "allocating an audio frame");
        const data = frame.extendedData ?? [];
        planes.forEach((plane, i) => {
          data[i]?.set(new Uint8Array(plane.buffer, plane.byteOffset, plane.byteLength));
        });
        position += BigInt(frame.nbSamples);
        check(context.sendFrameSync(frame), "encoding audio");
      } finally {
        frame.free();
      }
      return drain();
    },
    finish() {
      check(context.sendFrameSync(null), "ending the audio encoder");
      return drain();
    },
    [Symbol.dispose]() {
      packet.free();
      context.freeContext();
    },
  };
}

/** Encodes a whole short sound, `[channel][sample]`, padded with silence to whole frames. */
export function encodeAudio(planes: Float32Array[], options: AudioEncoderOptions): Buffer[] {
  using encoder = createAudioEncoder(options);
  const length = planes[0]?.length ?? 0;
  const packets: Buffer[] = [];
  for (let start = 0; start < length; start += encoder.frameLength) {
    packets.push(
      ...encoder.encode(planes.map((plane) => frameAt(plane, start, encoder.frameLength))),
    );
  }
  packets.push(...encoder.finish());
  return packets;
}

function frameAt(plane: Float32Array, start: number, length: number): Float32Array {
  const part = plane.subarray(start, start + length);
  if (part.length === length) return part;
  const padded = new Float32Array(length);
  padded.set(part);
  return padded;
}

function boundedBitRate({ codec, bitRate, sampleRate, channels }: AudioEncoderOptions): number {
  if (codec !== "aac") return bitRate;
  const most = (AAC_MAX_FRAME_BITS * channels * sampleRate) / 1024;
  return Math.min(bitRate, 0.8 * most);
}
