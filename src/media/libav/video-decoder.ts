import { Codec, CodecContext, type Stream } from "node-av/lib";
import { AppError } from "../../domain/app-error.ts";
import { DEFAULT_MEDIA_LIMITS } from "../media-limits.ts";
import { check, codecName } from "./input.ts";

/**
 * An open decoder for the pictures of a stream; the caller frees it.
 * @param options.threads As many as FFmpeg thinks best when left out.
 * @throws AppError MEDIA_UNSUPPORTED, MEDIA_UNREADABLE.
 */
export function openVideoDecoder(
  stream: Stream,
  { threads }: { threads?: number } = {},
): CodecContext {
  const { codecpar } = stream;
  const codec = Codec.findDecoder(codecpar.codecId);
  if (!codec) {
    throw new AppError("MEDIA_UNSUPPORTED", `there is no decoder for ${codecName(stream)} video`);
  }
  const decoder = new CodecContext();
  decoder.allocContext3(codec);
  check(decoder.parametersToContext(codecpar), "setting up the video decoder");
  decoder.pktTimebase = stream.timeBase;
  if (threads !== undefined) decoder.threadCount = threads;
  const { pixels } = DEFAULT_MEDIA_LIMITS;
  check(decoder.setOption("max_pixels", String(pixels)), "limiting the picture size");
  check(decoder.open2Sync(codec, null), "opening the video decoder");
  return decoder;
}
