import type { Stream } from "node-av/lib";
import type { Warning } from "../domain/warning.ts";
import type { CompileRequest } from "../ports/media-engine.ts";
import { codecName, type Input, openInput } from "./libav/input.ts";
import { otherTracks } from "./libav/other-tracks.ts";
import { mixDown, requireAudio } from "./libav/timeline-audio.ts";
import { aacFormat, transcode } from "./libav/transcode.ts";
import { isWebVideo, type VideoEncoderOptions } from "./libav/video-encoder.ts";
import { MIN_BIT_RATE } from "./mp4-source.ts";
import { createVoiceProfiler } from "./voice-profile.ts";

/** The picture of a base that browsers do not play is encoded with this. */
const CANONICAL_VIDEO: VideoEncoderOptions = { crf: 18, preset: "medium" };

function wantsPictures({ slots }: CompileRequest): boolean {
  return slots.some(({ pictures }) => pictures !== null);
}

/** Pictures that are to be replaced later are best decoded in the order in which they are shown. */
function pictureOptions(request: CompileRequest): VideoEncoderOptions {
  return wantsPictures(request) ? { ...CANONICAL_VIDEO, bFrames: 0 } : CANONICAL_VIDEO;
}

/** Whether the picture has to be encoded anew. */
export function convertsPicture({ video, format }: Input, request: CompileRequest): boolean {
  if (!video) return false;
  // AVI tells when pictures are decoded, which is when they are shown only where none is reordered.
  const untimed = format.iformat?.name === "avi" && video.codecpar.videoDelay > 0;
  const playable = request.video === "auto" || wantsPictures(request);
  return untimed || (playable && !isWebVideo(video));
}

function whyConverted(video: Stream, request: CompileRequest, reason: string | null): string {
  if (reason !== null) return `so that a part of it can be made anew (${reason})`;
  if (!isWebVideo(video)) {
    return request.video === "keep"
      ? "as a part of it can only be made anew in H.264; --lip-sync-provider none keeps it as it is"
      : "so that browsers play it; --keep-video keeps it as it is";
  }
  return "because AVI does not tell when its pictures are shown";
}

/**
 * Makes an MP4 with an AAC track of our own, and listens to the base on the way. `reasons`: why the
 * base's own sound, or its own picture, cannot be used.
 */
export function normalise(
  request: CompileRequest,
  output: string,
  reasons: { sound: string | null; picture: string | null },
) {
  using input = openInput(request.base);
  const audio = requireAudio(input);
  const { sampleRate } = aacFormat(audio);
  const convertVideo = reasons.picture !== null || convertsPicture(input, request);
  const profiler = createVoiceProfiler(
    sampleRate,
    request.slots.map(({ slot }) => slot),
  );
  const bitRate = Math.max(
    MIN_BIT_RATE,
    codecName(audio) === "aac" ? Number(audio.codecpar.bitRate) : 0,
  );
  const { carried, dropped } = otherTracks(input);
  transcode({
    input,
    output,
    carried,
    video: convertVideo ? pictureOptions(request) : "copy",
    audioBitRate: bitRate,
    faststart: false,
    onSound: (channels) => profiler.push(mixDown(channels)),
  });
  const warnings: Warning[] = [];
  if (convertVideo && input.video) {
    const why = whyConverted(input.video, request, reasons.picture);
    warnings.push({
      code: "VIDEO_CONVERTED",
      message: `the ${codecName(input.video)} picture of ${input.name} was converted to H.264 once, ${why}`,
    });
  }
  warnings.push({
    code: "AUDIO_ENCODED",
    message: `the audio of ${input.name} was encoded once as AAC at ${Math.round(bitRate / 1000)} kb/s (${reasons.sound ?? "its picture is converted"})`,
  });
  if (dropped.length > 0) {
    warnings.push({
      code: "TRACKS_DROPPED",
      message: `${input.name} has further tracks that MP4 cannot hold and the outputs lack: ${dropped.map(codecName).join(", ")}`,
    });
  }
  return { warnings, profile: profiler.finish() };
}
