import {
  AV_DISPOSITION_DEFAULT,
  AV_PKT_DATA_DISPLAYMATRIX,
  AV_PKT_FLAG_DISCARD,
} from "node-av/constants";
import { Dictionary, FormatContext, Packet, Rational, type Stream } from "node-av/lib";
import { AppError } from "../../domain/app-error.ts";
import { diskError } from "../../domain/disk-error.ts";
import { type AudioFormat, createAudioDecoder, timeBase } from "./audio-decoder.ts";
import { type AudioEncoder, createAudioEncoder } from "./audio-encoder.ts";
import { createDecodeTimes, type DecodeTimes } from "./decode-times.ts";
import { createFramer } from "./framer.ts";
import { check, describe, type Input } from "./input.ts";
import { createPlacement, requireAudio } from "./timeline-audio.ts";
import {
  createVideoTranscoder,
  type VideoEncoderOptions,
  type VideoTranscoder,
} from "./video-encoder.ts";

export type TranscodeOptions = {
  input: Input;
  /** Path of an MP4 file. */
  output: string;
  /** `copy` keeps the video packets as they are. */
  video: "copy" | VideoEncoderOptions | "none";
  /** Tracks that go along as they are, behind the picture and the voice; none when left out. */
  carried?: Stream[];
  /** Bits a second of the new AAC track. */
  audioBitRate: number;
  /** Index in front of the media data. */
  faststart: boolean;
  /** Receives the sound as it is encoded, `[channel][sample]`, from the file's zero on. */
  onSound?: (channels: Float32Array[]) => void;
};

/** Sample rates AAC knows (ISO/IEC 14496-3 table 1.18) that are worth keeping. */
const AAC_RATES = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000];

/** The format a track is encoded in: its own where AAC has it, otherwise the nearest. */
export function aacFormat(stream: Stream): AudioFormat {
  const { sampleRate, channels } = stream.codecpar;
  const rate = AAC_RATES.find((one) => one >= sampleRate) ?? 48_000;
  return { sampleRate: rate, channels: channels === 1 ? 1 : 2 };
}

/**
 * Writes an MP4 with the picture of a file, copied or as H.264, and its sound as one AAC track that
 * begins at zero. Rotation, colour and frame timing are kept.
 */
export function transcode(options: TranscodeOptions): void {
  const { input, output } = options;
  const audio = requireAudio(input);
  const format = aacFormat(audio);
  using decoder = createAudioDecoder(audio, format);
  using encoder = createAudioEncoder({
    codec: "aac",
    ...format,
    bitRate: options.audioBitRate,
  });
  using video = videoPath(options);
  using muxer = createMuxer(options, video, encoder);
  const placement = createPlacement(input, format.sampleRate);
  const framer = createFramer(encoder, format.channels);

  for (const packet of input.packets()) {
    if (packet.streamIndex === audio.index) {
      for (const block of decoder.decode(packet)) writeSound(block);
    } else if (video && packet.streamIndex === video.stream.index) {
      if (packet.hasFlags(AV_PKT_FLAG_DISCARD) && !video.transcoder) continue;
      for (const outgoing of video.packets.push(packet)) muxer.writeVideo(outgoing);
    } else muxer.carry(packet);
  }
  for (const block of decoder.finish()) writeSound(block);
  placement.requireSound();
  for (const outgoing of video?.packets.finish() ?? []) muxer.writeVideo(outgoing);
  for (const bytes of framer.finish()) muxer.writeAudio(bytes);
  muxer.finish(output);

  function writeSound(block: { time: number; channels: Float32Array[] }): void {
    for (const channels of placement.put(block)) {
      options.onSound?.(channels);
      for (const bytes of framer.push(channels)) muxer.writeAudio(bytes);
    }
  }
}

type VideoPath = {
  stream: Stream;
  transcoder: VideoTranscoder | null;
  /** What becomes of the stream's packets. */
  packets: VideoTranscoder | DecodeTimes;
  [Symbol.dispose](): void;
};

function videoPath({ input, video }: TranscodeOptions): VideoPath | null {
  const stream = input.video;
  if (!stream || video === "none") return null;
  const transcoder = video === "copy" ? null : createVideoTranscoder(stream, video);
  const packets = transcoder ?? createDecodeTimes(stream);
  return { stream, transcoder, packets, [Symbol.dispose]: () => packets[Symbol.dispose]() };
}

function createMuxer(options: TranscodeOptions, video: VideoPath | null, encoder: AudioEncoder) {
  const { input, output } = options;
  const format = new FormatContext();
  check(format.allocOutputContext2(null, "mp4", output), "setting up the MP4 writer");
  const videoStream = video ? addVideoStream(format, video) : null;
  const tags = input.format.metadata?.getAll();
  if (tags) format.metadata = Dictionary.fromObject(tags);
  const audioStream = format.newStream(null);
  check(audioStream.codecpar.fromContext(encoder.context), "describing the audio track");
  audioStream.timeBase = timeBase(encoder.context.sampleRate);
  // Players take the voice: of the sound tracks it alone is the default one.
  audioStream.disposition = AV_DISPOSITION_DEFAULT;
  const carried = new Map(
    (options.carried ?? []).map((stream) => [
      stream.index,
      { stream, copy: addCopy(format, stream), times: createDecodeTimes(stream) },
    ]),
  );
  const opened = format.openOutputSync();
  if (opened < 0) throw writeError(opened, output);
  const header = Dictionary.fromObject(options.faststart ? { movflags: "+faststart" } : {});
  const begun = format.writeHeaderSync(header);
  if (begun < 0) throw writeError(begun, output);

  const packet = new Packet();
  packet.alloc();
  let audioTime = BigInt(-encoder.padding);

  const write = (outgoing: Packet): void => {
    const result = format.interleavedWriteFrameSync(outgoing);
    if (result < 0) throw writeError(result, output);
  };
  const writeTo = (target: Stream, incoming: Packet, from: Rational): void => {
    const shift = BigInt(Math.round((input.zero * from.den) / from.num));
    check(packet.ref(incoming), "copying a packet");
    packet.streamIndex = target.index;
    packet.pts -= shift;
    packet.dts -= shift;
    packet.rescaleTs(from, target.timeBase);
    write(packet);
    packet.unref();
  };
  return {
    writeVideo(incoming: Packet) {
      if (video && videoStream) writeTo(videoStream, incoming, video.stream.timeBase);
    },
    carry(incoming: Packet) {
      const track = carried.get(incoming.streamIndex);
      if (!track) return;
      const { stream, copy, times } = track;
      for (const timed of times.push(incoming)) writeTo(copy, timed, stream.timeBase);
    },
    writeAudio(bytes: Buffer) {
      packet.data = bytes;
      packet.streamIndex = audioStream.index;
      packet.pts = audioTime;
      packet.dts = audioTime;
      packet.duration = BigInt(encoder.frameLength);
      packet.isKeyframe = true;
      audioTime += BigInt(encoder.frameLength);
      packet.rescaleTs(timeBase(encoder.context.sampleRate), audioStream.timeBase);
      write(packet);
      packet.unref();
    },
    finish(path: string) {
      for (const { stream, copy, times } of carried.values()) {
        for (const timed of times.finish()) writeTo(copy, timed, stream.timeBase);
      }
      const result = format.writeTrailerSync();
      if (result < 0) throw writeError(result, path);
    },
    [Symbol.dispose]() {
      packet.free();
      for (const { times } of carried.values()) times[Symbol.dispose]();
      format.closeOutputSync();
      format.freeContext();
    },
  };
}

function addCopy(format: FormatContext, source: Stream): Stream {
  const stream = format.newStream(null);
  check(source.codecpar.copy(stream.codecpar), "describing a track");
  stream.codecpar.codecTag = 0; // the tag of another container means nothing in MP4
  stream.timeBase = new Rational(source.timeBase.num, source.timeBase.den);
  return stream;
}

function addVideoStream(format: FormatContext, video: VideoPath): Stream {
  const { stream: source, transcoder } = video;
  const stream = addCopy(format, source);
  if (transcoder) {
    check(stream.codecpar.fromContext(transcoder.context), "describing the video track");
    const rotation = source.codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
    if (rotation) stream.codecpar.addCodedSideData(AV_PKT_DATA_DISPLAYMATRIX, rotation);
  }
  stream.sampleAspectRatio = source.codecpar.sampleAspectRatio;
  stream.avgFrameRate = source.avgFrameRate;
  return stream;
}

const ENOSPC = -28;

function writeError(code: number, path: string): AppError {
  if (code === ENOSPC) return diskError({ code: "ENOSPC" }, path);
  return new AppError("MEDIA_UNSUPPORTED", `cannot write the video as MP4: ${describe(code)}`);
}
