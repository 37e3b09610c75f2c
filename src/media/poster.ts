import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import {
  AV_CODEC_FLAG_QSCALE,
  AV_NOPTS_VALUE,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUVJ420P,
  AVCOL_RANGE_JPEG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_UNSPECIFIED,
  type AVColorSpace,
  AVSEEK_FLAG_BACKWARD,
  FF_QP2LAMBDA,
  type FFEncoderCodec,
} from "node-av/constants";
import { Codec, CodecContext, type Frame, Packet, Rational, type Stream } from "node-av/lib";
import { AppError } from "../domain/app-error.ts";
import { diskError } from "../domain/disk-error.ts";
import type { PosterRequest } from "../ports/media-engine.ts";
import { filterPicture, turnFilters } from "./libav/filter-picture.ts";
import { createFrameDecoder } from "./libav/frame-decoder.ts";
import { check, type Input, openInput } from "./libav/input.ts";
import { rotationOf } from "./probe.ts";

/** Quantiser of the JPEG encoder, 1 to 31; lower is better. */
const QUALITY = 2;
/** Beyond it, a sample aspect ratio is a damaged header. */
const MAX_STRETCH = 10;

/**
 * Writes the frame on show at `time` as a JPEG: turned, with square pixels and in the colours of JFIF
 * (ITU-T T.871: BT.601, full range).
 * @throws AppError NO_VIDEO; MEDIA_UNREADABLE when no frame can be decoded; OUTPUT_UNWRITABLE, DISK_FULL.
 */
export function writePoster({ path, time, file, maxSide }: Required<PosterRequest>): undefined {
  using picture = pictureAt({ path, time, maxSide });
  const jpeg = encodeJpeg(picture);
  try {
    writeFileSync(file, jpeg);
  } catch (error) {
    throw diskError(error, file);
  }
}

/**
 * Where reading may begin, seconds before the moment that is wanted. An index that is coarse or
 * damaged may lead to a place from which nothing up to that moment can be decoded; null is the file's
 * start, from which everything can.
 */
const BEGINNINGS = [0, 20, null];

function pictureAt({ path, time, maxSide }: { path: string; time: number; maxSide: number }) {
  for (const back of BEGINNINGS) {
    using input = openInput(path);
    const { video, name, format, zero } = input;
    if (!video) {
      throw new AppError("NO_VIDEO", `${name} has no picture that moves: a poster needs a video`);
    }
    const { num, den } = video.timeBase;
    const duration = Number(format.duration) / 1_000_000;
    const seconds = Math.max(0, duration > 0 ? Math.min(time, duration) : time) + zero;
    if (back !== null) {
      const from = Math.round((Math.max(0, seconds - back) * den) / num);
      if (format.seekFrameSync(video.index, BigInt(from), AVSEEK_FLAG_BACKWARD) < 0) continue;
    }
    const wanted = Math.round((seconds * den) / num);
    using frame = lastFrameBy(input, video, wanted);
    if (!frame) continue;
    const begins = frame.bestEffortTimestamp;
    if (back !== null && begins !== AV_NOPTS_VALUE && Number(begins) > wanted) continue;
    return uprightPicture(frame, video, maxSide);
  }
  throw new AppError(
    "MEDIA_UNREADABLE",
    `no frame of ${basename(path)} can be decoded: the file is damaged, export it again`,
  );
}

/** The last frame that begins at or before `wanted`, in the stream's time base; else the first one. */
function lastFrameBy(input: Input, stream: Stream, wanted: number): Frame | null {
  using frames = createFrameDecoder(input, stream);
  let shown: Frame | null = null;
  for (const frame of frames.all()) {
    const begins = frame.bestEffortTimestamp;
    if (shown && begins !== AV_NOPTS_VALUE && Number(begins) > wanted) break;
    shown?.free();
    shown = frame.clone();
  }
  return shown;
}

function uprightPicture(frame: Frame, stream: Stream, maxSide: number): Frame {
  if (frame.colorSpace === AVCOL_SPC_UNSPECIFIED) frame.colorSpace = usualColorSpace(frame);
  const { width, height } = shownSize(frame, stream, maxSide);
  const scale = `${width}:${height}:flags=bicubic+accurate_rnd+full_chroma_int:out_color_matrix=bt601:out_range=full`;
  return filterPicture(frame, [
    ["scale", scale],
    ["format", "yuvj420p"],
    ...turnFilters(rotationOf(stream)),
  ]);
}

/** What players take a picture for that does not tell: high definition has a matrix of its own. */
function usualColorSpace({ width, height }: Frame): AVColorSpace {
  return width >= 1280 || height > 576 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}

/** Before it is turned. The container's word on the shape of pixels counts before the codec's. */
function shownSize(frame: Frame, stream: Stream, maxSide: number) {
  const stated = [stream.sampleAspectRatio, frame.sampleAspectRatio].find(({ num }) => num > 0);
  const stretch = stated && stated.den > 0 ? stated.num / stated.den : 1;
  const sane = stretch < MAX_STRETCH && stretch > 1 / MAX_STRETCH ? stretch : 1;
  const width = frame.width * Math.max(1, sane);
  const height = frame.height * Math.max(1, 1 / sane);
  const scale = Math.min(1, maxSide / Math.max(width, height));
  const pixels = (side: number) => Math.max(1, Math.round(side * scale));
  return { width: pixels(width), height: pixels(height) };
}

function encodeJpeg(picture: Frame): Buffer {
  const codec = Codec.findEncoderByName("mjpeg" as FFEncoderCodec); // the name is a plain string
  if (!codec) throw new AppError("MEDIA_UNSUPPORTED", "there is no JPEG encoder");
  const encoder = new CodecContext();
  encoder.allocContext3(codec);
  using packet = new Packet();
  packet.alloc();
  try {
    encoder.width = picture.width;
    encoder.height = picture.height;
    encoder.pixelFormat = AV_PIX_FMT_YUVJ420P;
    encoder.colorRange = AVCOL_RANGE_JPEG;
    encoder.timeBase = new Rational(1, 1);
    encoder.setFlags(AV_CODEC_FLAG_QSCALE);
    encoder.globalQuality = QUALITY * FF_QP2LAMBDA;
    check(encoder.open2Sync(codec, null), "opening the JPEG encoder");
    picture.quality = QUALITY * FF_QP2LAMBDA;
    picture.pictType = AV_PICTURE_TYPE_NONE;
    check(encoder.sendFrameSync(picture), "encoding a JPEG");
    check(encoder.sendFrameSync(null), "encoding a JPEG");
    check(encoder.receivePacketSync(packet), "encoding a JPEG");
    return Buffer.from(packet.data ?? []);
  } finally {
    encoder.freeContext();
  }
}
