import {
  AV_CHANNEL_LAYOUT_MONO,
  AV_CHANNEL_LAYOUT_STEREO,
  AV_CODEC_FLAG2_SKIP_MANUAL,
  AV_NOPTS_VALUE,
  AV_SAMPLE_FMT_FLTP,
  AVERROR_EAGAIN,
  type AVSampleFormat,
} from "node-av/constants";
import {
  type ChannelLayout,
  Codec,
  CodecContext,
  Frame,
  Packet,
  Rational,
  SoftwareResampleContext,
  type Stream,
} from "node-av/lib";
import { AppError } from "../../domain/app-error.ts";
import { check } from "./input.ts";

/** A run of decoded sound. */
export type AudioBlock = {
  /** Of the first sample, seconds on the packets' clock; NaN when the file does not say. */
  time: number;
  /** `[channel][sample]`, −1..1. */
  channels: Float32Array[];
};

export type AudioFormat = { sampleRate: number; channels: 1 | 2 };

export type AudioDecoder = {
  decode(packet: Packet): Generator<AudioBlock>;
  finish(): Generator<AudioBlock>;
  [Symbol.dispose](): void;
};

/**
 * A decoder for one audio stream. With `format` its output is converted to that; without, it is the
 * stream's own planar float. With `raw`, priming samples are kept: packet k gives output frame k.
 */
export function createAudioDecoder(
  stream: Stream,
  format?: AudioFormat,
  options: { raw?: boolean } = {},
): AudioDecoder {
  const codec = Codec.findDecoder(stream.codecpar.codecId);
  if (!codec) throw new AppError("MEDIA_UNSUPPORTED", "there is no decoder for this audio codec");
  const context = new CodecContext();
  context.allocContext3(codec);
  check(context.parametersToContext(stream.codecpar), "setting up the audio decoder");
  context.pktTimebase = stream.timeBase;
  context.threadCount = 1;
  if (options.raw) context.setFlags2(AV_CODEC_FLAG2_SKIP_MANUAL);
  check(context.open2Sync(codec, null), "opening the audio decoder");
  const frame = new Frame();
  frame.alloc();
  const tick = stream.timeBase.num / stream.timeBase.den;
  let converter: Converter | null = null;

  const toBlock = (): AudioBlock => {
    const time = frame.pts === AV_NOPTS_VALUE ? Number.NaN : Number(frame.pts) * tick;
    const wanted = format ?? { sampleRate: frame.sampleRate, channels: 0 };
    const same =
      frame.format === AV_SAMPLE_FMT_FLTP &&
      frame.sampleRate === wanted.sampleRate &&
      (!format || frame.channels === format.channels);
    if (same) return { time, channels: copyPlanes(frame) };
    if (!converter?.fits(frame)) {
      converter?.[Symbol.dispose]();
      converter = createConverter(frame, format);
    }
    return { time: time - converter.delay(), channels: converter.convert(frame) };
  };
  function* drain(): Generator<AudioBlock> {
    while (context.receiveFrameSync(frame) >= 0) {
      const block = toBlock();
      frame.unref();
      if ((block.channels[0]?.length ?? 0) > 0) yield block;
    }
  }
  return {
    *decode(packet) {
      // A damaged packet is skipped; its place shows as a gap in the blocks' times.
      if (context.sendPacketSync(packet) === AVERROR_EAGAIN) {
        yield* drain();
        context.sendPacketSync(packet);
      }
      yield* drain();
    },
    *finish() {
      context.sendPacketSync(null);
      yield* drain();
      const rest = converter?.flush();
      if (rest && (rest[0]?.length ?? 0) > 0) yield { time: Number.NaN, channels: rest };
    },
    [Symbol.dispose]() {
      converter?.[Symbol.dispose]();
      frame.free();
      context.freeContext();
    },
  };
}

/**
 * Decodes packets of a stream that follow each other, priming samples included: each gives one frame.
 * @returns `[channel][sample]`.
 */
export function decodePackets(stream: Stream, packets: Uint8Array[]): Float32Array[] {
  using decoder = createAudioDecoder(stream, undefined, { raw: true });
  const blocks: Float32Array[][] = [];
  const packet = new Packet();
  packet.alloc();
  for (const bytes of packets) {
    packet.data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const block of decoder.decode(packet)) blocks.push(block.channels);
    packet.unref();
  }
  packet.free();
  for (const block of decoder.finish()) blocks.push(block.channels);
  return joinPlanes(blocks);
}

/** Puts blocks of sound, `[channel][sample]` each, behind each other. */
export function joinPlanes(blocks: Float32Array[][]): Float32Array[] {
  const length = blocks.reduce((sum, block) => sum + (block[0]?.length ?? 0), 0);
  return (blocks[0] ?? []).map((_, channel) => {
    const plane = new Float32Array(length);
    let at = 0;
    for (const block of blocks) {
      plane.set(block[channel] ?? [], at);
      at += block[channel]?.length ?? 0;
    }
    return plane;
  });
}

function copyPlanes(frame: Frame): Float32Array[] {
  const planes = frame.extendedData ?? [];
  return planes.map((plane) => {
    const copy = new Float32Array(frame.nbSamples);
    new Uint8Array(copy.buffer).set(plane.subarray(0, 4 * frame.nbSamples));
    return copy;
  });
}

type Converter = {
  fits(frame: Frame): boolean;
  /** Seconds of sound that went in and did not come out yet. */
  delay(): number;
  convert(frame: Frame): Float32Array[];
  flush(): Float32Array[];
  [Symbol.dispose](): void;
};

function createConverter(first: Frame, format: AudioFormat | undefined): Converter {
  const from = {
    layout: first.channelLayout,
    format: first.format as AVSampleFormat, // an audio frame
    rate: first.sampleRate,
    channels: first.channels,
  };
  const channels = format?.channels ?? from.channels;
  const rate = format?.sampleRate ?? from.rate;
  const layout = format ? layoutOf(format.channels) : from.layout;
  const resampler = createResampler({ layout, rate }, from);
  const run = (input: Buffer[] | null, count: number): Float32Array[] => {
    const capacity = resampler.getOutSamples(count) + 32;
    const buffers = Array.from({ length: channels }, () => Buffer.alloc(4 * capacity));
    const made = resampler.convertSync(buffers, capacity, input, count);
    if (made < 0) return buffers.map(() => new Float32Array());
    return buffers.map((plane) => new Float32Array(plane.buffer, plane.byteOffset, made).slice());
  };
  return {
    fits: (frame) =>
      frame.format === from.format &&
      frame.sampleRate === from.rate &&
      frame.channels === from.channels,
    delay: () => Number(resampler.getDelay(BigInt(rate))) / rate,
    convert: (frame) => run(frame.extendedData, frame.nbSamples),
    flush: () => run(null, 0),
    [Symbol.dispose]: () => resampler.free(),
  };
}

function createResampler(
  to: { layout: ChannelLayout; rate: number },
  from: { layout: ChannelLayout; format: AVSampleFormat; rate: number },
): SoftwareResampleContext {
  const resampler = new SoftwareResampleContext();
  const set = resampler.allocSetOpts2(
    to.layout,
    AV_SAMPLE_FMT_FLTP,
    to.rate,
    from.layout,
    from.format,
    from.rate,
  );
  check(set, "setting up the resampler");
  check(resampler.init(), "opening the resampler");
  return resampler;
}

/** Converts mono sound to another rate; the result is aligned with the input's first sample. */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const mono = AV_CHANNEL_LAYOUT_MONO;
  const resampler = createResampler(
    { layout: mono, rate: to },
    { layout: mono, format: AV_SAMPLE_FMT_FLTP, rate: from },
  );
  try {
    const length = Math.round((samples.length * to) / from);
    const output = Buffer.alloc(4 * (length + 256));
    const input = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    const made = resampler.convertSync([output], length + 256, [input], samples.length);
    const rest = resampler.convertSync(
      [output.subarray(4 * Math.max(0, made))],
      length + 256 - Math.max(0, made),
      null,
      0,
    );
    check(Math.min(made, rest), "resampling");
    return new Float32Array(output.buffer, output.byteOffset, length);
  } finally {
    resampler.free();
  }
}

export function layoutOf(channels: number): ChannelLayout {
  return channels === 1 ? AV_CHANNEL_LAYOUT_MONO : AV_CHANNEL_LAYOUT_STEREO;
}

export function timeBase(sampleRate: number): Rational {
  return new Rational(1, sampleRate);
}
