import { open, stat } from "node:fs/promises";
import path from "node:path";
import {
  AV_FRAME_DATA_DISPLAYMATRIX,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_UNSPECIFIED,
} from "node-av/constants";
import {
  Codec,
  CodecContext,
  Dictionary,
  FormatContext,
  Frame,
  InputFormat,
  Packet,
} from "node-av/lib";
import { AppError } from "../domain/app-error.ts";
import type { Picture } from "../domain/face.ts";
import { filterPicture, turnFilters } from "./libav/filter-picture.ts";
import { check, codecName } from "./libav/input.ts";
import { isAnimated, pictureKind, pictureSize } from "./picture-size.ts";
import { degreesOf } from "./probe.ts";

const OPEN_OPTIONS = {
  codec_whitelist: "png,mjpeg,webp",
  protocol_whitelist: "file",
};
const CODECS = ["png", "mjpeg", "webp"];
/** More than a camera has; what decoding costs grows with the pixels. */
const MAX_PIXELS = 50_000_000;
const MAX_FILE_BYTES = 64 * 2 ** 20;
/** A JPEG states its size behind its metadata, such as a small picture of itself. */
const HEAD_BYTES = 4 * 2 ** 20;
/** Behind what is transparent, 0..255. */
const BACKGROUND = 255;

/**
 * Reads a photo, painting or drawing: PNG, JPEG or WebP, upright by its EXIF orientation, without
 * transparency, made smaller where its longer side is more than `maxSide`.
 * @throws AppError MEDIA_TYPE_NOT_ALLOWED, MEDIA_UNREADABLE, MEDIA_TOO_LARGE.
 */
export async function readStillPicture(
  file: string,
  { maxSide }: { maxSide: number },
): Promise<Picture> {
  const name = path.basename(file);
  const { size } = await stat(file);
  if (size > MAX_FILE_BYTES) throw tooLarge(name, `${Math.ceil(size / 2 ** 20)} MB`);
  const format = await pictureFormat(file, name);
  using frame = decodePicture(file, { name, format });
  const scale = Math.min(1, maxSide / Math.max(frame.width, frame.height));
  const pixels = (side: number) => Math.max(1, Math.round(side * scale));
  if (frame.colorRange === AVCOL_RANGE_UNSPECIFIED) frame.colorRange = AVCOL_RANGE_JPEG;
  const matrix = frame.getSideData(AV_FRAME_DATA_DISPLAYMATRIX);
  using upright = filterPicture(frame, [
    [
      "scale",
      `${pixels(frame.width)}:${pixels(frame.height)}:flags=area+accurate_rnd+full_chroma_int`,
    ],
    ["format", "rgba"],
    ...turnFilters(degreesOf(matrix)),
  ]);
  return opaque(upright);
}

/**
 * The demuxer for a file, by its first bytes: libav's own guess takes many a JPEG for a video. Before
 * anything is decoded, as a few bytes may claim a size that takes gigabytes.
 */
async function pictureFormat(file: string, name: string): Promise<InputFormat> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  const head = buffer.subarray(0, bytesRead);
  const kind = pictureKind(head);
  const format = kind && InputFormat.findInputFormat(`${kind}_pipe`);
  if (!format) {
    throw new AppError(
      "MEDIA_TYPE_NOT_ALLOWED",
      `${name} is no picture that can be read: give a PNG, JPEG or WebP file`,
    );
  }
  const stated = pictureSize(head);
  if (stated && stated.width * stated.height > MAX_PIXELS) {
    throw tooLarge(name, `${stated.width}×${stated.height} pixels`);
  }
  if (isAnimated(head)) {
    throw new AppError(
      "MEDIA_TYPE_NOT_ALLOWED",
      `${name} is an animated picture: give one that stands still, as PNG, JPEG or WebP`,
    );
  }
  return format;
}

function decodePicture(
  file: string,
  { name, format: demuxer }: { name: string; format: InputFormat },
): Frame {
  const format = new FormatContext();
  const options = Dictionary.fromObject(OPEN_OPTIONS);
  if (format.openInputSync(`file:${path.resolve(file)}`, demuxer, options) < 0) {
    throw unreadable(name);
  }
  const decoder = new CodecContext();
  using packet = new Packet();
  packet.alloc();
  try {
    const [stream] = format.streams;
    const codec = stream && Codec.findDecoder(stream.codecpar.codecId);
    if (!codec || !CODECS.includes(codecName(stream))) throw unreadable(name);
    decoder.allocContext3(codec);
    check(decoder.parametersToContext(stream.codecpar), "setting up the picture decoder");
    check(decoder.setOption("max_pixels", String(MAX_PIXELS)), "limiting the picture size");
    // Else the missing part of a JPEG is green.
    check(decoder.setOption("err_detect", "explode"), "refusing damaged pictures");
    check(decoder.open2Sync(codec, null), "opening the picture decoder");
    while (format.readFrameSync(packet) >= 0) {
      decoder.sendPacketSync(packet);
      packet.unref();
    }
    decoder.sendPacketSync(null);
    const frame = new Frame();
    frame.alloc();
    if (decoder.receiveFrameSync(frame) >= 0) return frame;
    frame.free();
    throw unreadable(name);
  } finally {
    decoder.freeContext();
    format.closeInputSync();
  }
}

/** RGBA over the background, as RGB. */
function opaque(frame: Frame): Picture {
  const { width, height } = frame;
  const rgba = frame.toBuffer();
  const pixels = new Uint8Array(3 * width * height);
  for (let i = 0, at = 0; i < width * height; i++, at += 3) {
    const alpha = (rgba[4 * i + 3] ?? 255) / 255;
    for (let c = 0; c < 3; c++) {
      pixels[at + c] = Math.round(alpha * (rgba[4 * i + c] ?? 0) + (1 - alpha) * BACKGROUND);
    }
  }
  return { width, height, pixels };
}

function tooLarge(name: string, what: string): AppError {
  return new AppError(
    "MEDIA_TOO_LARGE",
    `the picture ${name} has ${what}, at most ${MAX_PIXELS / 1_000_000} million pixels and ${MAX_FILE_BYTES / 2 ** 20} MB are allowed: make it smaller`,
  );
}

function unreadable(name: string): AppError {
  return new AppError(
    "MEDIA_UNREADABLE",
    `the picture ${name} cannot be decoded: it is damaged, export it again as PNG or JPEG`,
  );
}
