import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_CODEC_ID_AAC,
  AV_PKT_DATA_SKIP_SAMPLES,
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_S16,
  AV_SAMPLE_FMT_S16P,
  AV_SAMPLE_FMT_S32,
  AVMEDIA_TYPE_AUDIO,
  type AVSampleFormat,
  type FFEncoderCodec,
} from "node-av/constants";
import { Codec, CodecContext, CodecParameters, Frame, Packet, type Stream } from "node-av/lib";
import { layoutOf, resample, timeBase } from "../../src/media/libav/audio-decoder.ts";
import { check } from "../../src/media/libav/input.ts";
import type { EncodedPacket } from "../../src/media/libav/movie-writer.ts";
import { createBitWriter } from "./bit-writer.ts";
import { encodeSineAac } from "./sine-aac.ts";

export type SoundCodec =
  | "aac"
  /** AAC-LC of the other family: sine windows throughout. 44.1 or 48 kHz. */
  | "aac-sine"
  /** AAC-LC of another encoder than FFmpeg's own. */
  | "aac-fdk"
  /** HE-AAC: a core at half the rate, with spectral band replication signalled. */
  | "he-aac"
  | "mp3"
  | "opus"
  | "vorbis"
  | "flac"
  | "alac"
  | "ac3"
  | "pcm"
  | "pcm24";

export type EncodedSound = {
  packets: EncodedPacket[];
  describe(stream: Stream): void;
};

export type SoundTrack = {
  codec: SoundCodec;
  sampleRate: number;
  channels: 1 | 2;
  /** Bits a second; 128 000 when left out, and without meaning for PCM and lossless codecs. */
  bitRate?: number;
};

type Encoder = { name: string; format: AVSampleFormat };

const ENCODERS: Record<Exclude<SoundCodec, "aac-sine" | "he-aac">, Encoder> = {
  aac: { name: "aac", format: AV_SAMPLE_FMT_FLTP },
  "aac-fdk": { name: "libfdk_aac", format: AV_SAMPLE_FMT_S16 },
  mp3: { name: "libmp3lame", format: AV_SAMPLE_FMT_FLTP },
  opus: { name: "libopus", format: AV_SAMPLE_FMT_FLT },
  vorbis: { name: "libvorbis", format: AV_SAMPLE_FMT_FLTP },
  flac: { name: "flac", format: AV_SAMPLE_FMT_S16 },
  alac: { name: "alac", format: AV_SAMPLE_FMT_S16P },
  ac3: { name: "ac3", format: AV_SAMPLE_FMT_FLTP },
  pcm: { name: "pcm_s16le", format: AV_SAMPLE_FMT_S16 },
  pcm24: { name: "pcm_s24le", format: AV_SAMPLE_FMT_S32 },
};
/** Of encoders that take any. */
const FRAME_LENGTH = 1024;

/** `samples` at `track.sampleRate` in every channel; packets in units of one sample, from zero on. */
export function encodeSound(samples: Float32Array, track: SoundTrack): EncodedSound {
  const { codec } = track;
  if (codec === "aac-sine") return sineAac(samples, track);
  if (codec === "he-aac") return heAac(samples, track);
  return encodeWith(ENCODERS[codec], samples, track);
}

function encodeWith(encoder: Encoder, samples: Float32Array, track: SoundTrack): EncodedSound {
  const { sampleRate, channels, bitRate = 128_000 } = track;
  const codec = Codec.findEncoderByName(encoder.name as FFEncoderCodec); // a plain string
  if (!codec) throw new Error(`this build has no encoder ${encoder.name}`);
  const context = new CodecContext();
  context.allocContext3(codec);
  context.sampleRate = sampleRate;
  context.channelLayout = layoutOf(channels);
  context.sampleFormat = encoder.format;
  context.timeBase = timeBase(sampleRate);
  context.bitRate = BigInt(bitRate);
  context.threadCount = 1;
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  check(context.open2Sync(codec, null), `opening ${encoder.name}`);
  const length = context.frameSize || FRAME_LENGTH;
  const packets: EncodedPacket[] = [];
  const packet = new Packet();
  packet.alloc();
  const send = (frame: Frame | null) => {
    check(context.sendFrameSync(frame), `encoding with ${encoder.name}`);
    while (context.receivePacketSync(packet) >= 0) {
      const data = Buffer.from(packet.data ?? []);
      const pts = Number(packet.pts);
      const skip = packet.getSideData(AV_PKT_DATA_SKIP_SAMPLES) ?? undefined;
      const duration = Number(packet.duration);
      packets.push({ data, pts, dts: pts, duration, key: true, skip: skip && Buffer.from(skip) });
      packet.unref();
    }
  };
  for (let at = 0; at < samples.length; at += length) {
    const part = samples.subarray(at, at + length);
    const frame = Frame.fromAudioBuffer(asFormat(part, channels, encoder.format), {
      nbSamples: part.length,
      format: encoder.format,
      sampleRate,
      channelLayout: layoutOf(channels),
      timeBase: timeBase(sampleRate),
      pts: BigInt(at),
    });
    send(frame);
    frame.free();
  }
  send(null);
  packet.free();
  const parameters = new CodecParameters();
  parameters.alloc();
  check(parameters.fromContext(context), "describing the sound");
  context.freeContext();
  return {
    packets,
    describe: ({ codecpar }) => check(parameters.copy(codecpar), "describing the sound"),
  };
}

/** The same samples in every channel, planes one after another or interleaved. */
function asFormat(samples: Float32Array, channels: number, format: AVSampleFormat): Buffer {
  const planar = format === AV_SAMPLE_FMT_FLTP || format === AV_SAMPLE_FMT_S16P;
  const count = samples.length;
  const at = (i: number) => samples[planar ? i % count : Math.floor(i / channels)] ?? 0;
  const total = count * channels;
  const whole = (i: number, scale: number) => Math.round(Math.max(-1, Math.min(1, at(i))) * scale);
  const plain =
    format === AV_SAMPLE_FMT_S16 || format === AV_SAMPLE_FMT_S16P
      ? Int16Array.from({ length: total }, (_, i) => whole(i, 2 ** 15 - 1))
      : format === AV_SAMPLE_FMT_S32
        ? Int32Array.from({ length: total }, (_, i) => whole(i, 2 ** 31 - 1))
        : Float32Array.from({ length: total }, (_, i) => at(i));
  return Buffer.from(plain.buffer);
}

function sineAac(samples: Float32Array, { sampleRate, channels }: SoundTrack): EncodedSound {
  const planes = Array.from({ length: channels }, () => samples);
  const { config, packets } = encodeSineAac(planes, sampleRate);
  return {
    packets: packets.map((data, i) => aacPacket(data, (i - 1) * AAC_FRAME, AAC_FRAME)),
    describe: (stream) => describeAac(stream, { config, sampleRate, channels }),
  };
}

const AAC_FRAME = 1024;
/** How much later sound comes out of a decoder's band filters, in samples of the full rate. */
const REPLICATION_DELAY = 2 * 481;

/**
 * The core is plain AAC of half the rate; its config tells replication, of which no packet has data:
 * a decoder then gives the core's sound at the full rate (ISO/IEC 14496-3, 4.6.18.5).
 */
function heAac(samples: Float32Array, track: SoundTrack): EncodedSound {
  const { sampleRate, channels } = track;
  const coreRate = sampleRate / 2;
  // The delay comes out of the end as well.
  const whole = new Float32Array(samples.length + REPLICATION_DELAY);
  whole.set(samples);
  const core = encodeWith(ENCODERS.aac, resample(whole, sampleRate, coreRate), {
    ...track,
    bitRate: track.bitRate ?? 64_000,
    sampleRate: coreRate,
  });
  const config = createBitWriter();
  for (const [value, bits] of [
    [5, 5], // spectral band replication
    [rateIndex(coreRate), 4],
    [channels, 4],
    [rateIndex(sampleRate), 4],
    [2, 5], // over AAC-LC
    [0, 3],
  ] as const) {
    config.put(value, bits);
  }
  return {
    packets: core.packets.map(({ data, pts, duration }) =>
      aacPacket(data, 2 * pts - REPLICATION_DELAY, 2 * duration),
    ),
    describe: (stream) => describeAac(stream, { config: config.bytes(), sampleRate, channels }),
  };
}

function aacPacket(data: Buffer, pts: number, duration: number): EncodedPacket {
  return { data, pts, dts: pts, duration, key: true };
}

type AacDescription = { config: Buffer; sampleRate: number; channels: number };

function describeAac({ codecpar }: Stream, { config, sampleRate, channels }: AacDescription): void {
  codecpar.codecType = AVMEDIA_TYPE_AUDIO;
  codecpar.codecId = AV_CODEC_ID_AAC;
  codecpar.sampleRate = sampleRate;
  codecpar.channelLayout = layoutOf(channels);
  codecpar.frameSize = AAC_FRAME;
  codecpar.extradata = config;
}

/** ISO/IEC 14496-3, table 1.18. */
const AAC_RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000];

function rateIndex(sampleRate: number): number {
  const index = AAC_RATES.indexOf(sampleRate);
  if (index < 0) throw new RangeError(`AAC has no index for ${sampleRate} Hz`);
  return index;
}
