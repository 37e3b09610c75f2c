import { closeSync, openSync, readSync } from "node:fs";
import path from "node:path";
import {
  AV_CODEC_ID_NONE,
  AV_DISPOSITION_ATTACHED_PIC,
  AV_DISPOSITION_DEFAULT,
  AV_LOG_FATAL,
  AVERROR_ENOMEM,
  AVERROR_EOF,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
} from "node-av/constants";
import {
  avGetCodecName,
  Dictionary,
  FFmpegError,
  FormatContext,
  InputFormat,
  Log,
  Packet,
  type Stream,
} from "node-av/lib";
import { AppError } from "../../domain/app-error.ts";
import { DEFAULT_MEDIA_LIMITS, type MediaLimits } from "../media-limits.ts";

Log.setLevel(AV_LOG_FATAL);

/** Containers that are opened; playlists and scripts, which would open further files, are not. */
const FORMATS = [
  ...["mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "mpegts"],
  ...["wav", "mp3", "flac", "ogg", "aac", "aiff", "w64", "caf"],
];
/** Of a file's start, to tell what it is when it cannot be opened. */
const SIGNATURE_BYTES = 64 * 1024;
/** What libav wants behind the bytes it looks at, zeros. */
const SIGNATURE_PADDING = 32;

const VIDEO_CODECS = [
  ...["h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mpeg2video", "mpeg1video"],
  ...["msmpeg4v3", "h263", "mjpeg", "prores", "dnxhd"],
];
const AUDIO_CODECS = [
  ...["aac", "mp3", "mp2", "opus", "vorbis", "flac", "alac", "ac3", "eac3"],
  ...["pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be"],
  ...["pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_u8", "pcm_s8", "pcm_alaw", "pcm_mulaw"],
];
/** Decoders whose name is not their codec's. */
const DECODERS = ["libdav1d", "libopus", "libvorbis", "mp3float", "aac_latm"];

const OPEN_OPTIONS = {
  format_whitelist: FORMATS.join(","),
  protocol_whitelist: "file",
  codec_whitelist: [...VIDEO_CODECS, ...AUDIO_CODECS, ...DECODERS].join(","),
  // Opening more costs too much; what is allowed is fewer (see media-limits.ts).
  max_streams: "256",
  probesize: "5000000",
  analyzeduration: "5000000",
};

const MICROSECONDS = 1_000_000;

export type Input = {
  path: string;
  /** For messages: the file's own name. */
  name: string;
  format: FormatContext;
  video: Stream | null;
  audio: Stream | null;
  /** The moment a player calls zero, in seconds on the packets' clock. */
  zero: number;
  /** Every packet in file order; each is valid until the next one is asked for. */
  packets(): Generator<Packet>;
  [Symbol.dispose](): void;
};

/**
 * Opens a media file that may be hostile: only real containers, only local files, only known codecs.
 * @throws AppError MEDIA_TYPE_NOT_ALLOWED, MEDIA_UNREADABLE, MEDIA_UNSUPPORTED, MEDIA_TOO_LARGE.
 */
export function openInput(
  file: string,
  { streams: maxStreams }: Pick<MediaLimits, "streams"> = DEFAULT_MEDIA_LIMITS,
): Input {
  const name = path.basename(file);
  const format = new FormatContext();
  const options = Dictionary.fromObject(OPEN_OPTIONS);
  const opened = format.openInputSync(`file:${path.resolve(file)}`, null, options);
  // Where the container tells its tracks at its start, libav gives up on one too many.
  if (opened === AVERROR_ENOMEM) throw tooManyStreams(name, maxStreams);
  if (opened < 0) {
    throw new AppError(
      isListed(file) ? "MEDIA_UNREADABLE" : "MEDIA_TYPE_NOT_ALLOWED",
      `${name} is not a video or audio file that can be read (${describe(opened)}); supported are MP4, MOV, MKV, WebM, AVI, TS, MP3, WAV, OGG and FLAC`,
    );
  }
  const dispose = () => format.closeInputSync();
  try {
    const { length: stated } = format.streams;
    if (stated > maxStreams) throw tooManyStreams(name, maxStreams, stated);
    const found = format.findStreamInfoSync(null);
    if (found < 0) {
      throw new AppError("MEDIA_UNREADABLE", `${name} cannot be read (${describe(found)})`);
    }
    const { length } = format.streams;
    if (length > maxStreams) throw tooManyStreams(name, maxStreams, length);
    const video = format.streams.find(isVideo) ?? null;
    const audio = playedAudio(format);
    requireCodec(video, VIDEO_CODECS, name);
    requireCodec(audio, AUDIO_CODECS, name);
    return {
      path: file,
      name,
      format,
      video,
      audio,
      zero: startOf(format),
      packets: () => readPackets(format),
      [Symbol.dispose]: dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** Whether a file that cannot be opened looks like a container that would be opened were it sound. */
function isListed(file: string): boolean {
  const bytes = Buffer.alloc(SIGNATURE_BYTES + SIGNATURE_PADDING);
  const descriptor = openSync(file, "r");
  const length = readSync(descriptor, bytes, 0, SIGNATURE_BYTES, 0);
  closeSync(descriptor);
  if (length === 0) return true; // nothing at all is no other type, only no file
  const names = InputFormat.probe(bytes.subarray(0, length))?.name?.split(",") ?? [];
  return names.some((name) => FORMATS.includes(name));
}

function tooManyStreams(name: string, limit: number, count?: number): AppError {
  const tracks = count === undefined ? "far more" : `${count}`;
  return new AppError(
    "MEDIA_TOO_LARGE",
    `${name} has ${tracks} tracks, at most ${limit} are allowed: export it with one picture and one sound track`,
  );
}

function* readPackets(format: FormatContext): Generator<Packet> {
  const packet = new Packet();
  packet.alloc();
  try {
    for (;;) {
      const result = format.readFrameSync(packet);
      if (result === AVERROR_EOF) return;
      if (result < 0) return; // what a damaged file still gives is judged by its duration
      yield packet;
      packet.unref();
    }
  } finally {
    packet.free();
  }
}

function isVideo(stream: Stream): boolean {
  return (
    stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO &&
    !stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC)
  );
}

/** The sound that players play: of several tracks the first that is marked as default. */
function playedAudio(format: FormatContext): Stream | null {
  const tracks = format.streams.filter(({ codecpar }) => codecpar.codecType === AVMEDIA_TYPE_AUDIO);
  return tracks.find((track) => track.hasDisposition(AV_DISPOSITION_DEFAULT)) ?? tracks[0] ?? null;
}

function requireCodec(stream: Stream | null, allowed: string[], name: string): void {
  if (!stream) return;
  const codec = codecName(stream);
  if (allowed.includes(codec)) return;
  throw new AppError(
    "MEDIA_UNSUPPORTED",
    `${name} uses the codec ${codec}, which is not supported; supported are ${allowed.slice(0, 6).join(", ")} and others: convert it to H.264 and AAC`,
  );
}

/** Containers whose clock begins where a player's does; others count from anywhere or from their priming. */
const ZERO_BASED = /^(mov|matroska|avi)/u;

function startOf(format: FormatContext): number {
  if (ZERO_BASED.test(format.iformat?.name ?? "")) return 0;
  const start = Number(format.startTime);
  return Number.isSafeInteger(start) && start > 0 ? start / MICROSECONDS : 0;
}

export function codecName(stream: Stream): string {
  const id = stream.codecpar.codecId;
  return id === AV_CODEC_ID_NONE ? "unknown" : (avGetCodecName(id) ?? "unknown");
}

export function describe(code: number): string {
  return FFmpegError.strerror(code);
}

/** Throws when a libav call failed; `what` is for the log of an unexpected failure. */
export function check(code: number, what: string): number {
  if (code < 0) throw new AppError("MEDIA_UNSUPPORTED", `${what} failed: ${describe(code)}`);
  return code;
}
