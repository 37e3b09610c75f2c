import { rm } from "node:fs/promises";
import path from "node:path";
import { AV_PROFILE_AAC_LOW, AV_PROFILE_UNKNOWN } from "node-av/constants";
import { AppError } from "../domain/app-error.ts";
import type { Warning } from "../domain/warning.ts";
import type { CompileRequest } from "../ports/media-engine.ts";
import { FRAME, spliceAac } from "./aac/splice.ts";
import { createAudioEncoder } from "./libav/audio-encoder.ts";
import { codecName, type Input, openInput } from "./libav/input.ts";
import { otherTracks } from "./libav/other-tracks.ts";
import { mixDown, requireAudio, timelineAudio } from "./libav/timeline-audio.ts";
import { aacFormat, transcode } from "./libav/transcode.ts";
import { isWebVideo, type VideoEncoderOptions } from "./libav/video-encoder.ts";
import { planCells } from "./mp4/cells.ts";
import { writeTemplate } from "./mp4/write-template.ts";
import {
  decodeRange,
  editableRange,
  JOINT_REACH,
  MIN_BIT_RATE,
  type Mp4Source,
  openSource,
} from "./mp4-source.ts";
import { saveContext, type TemplateContext } from "./template-context.ts";
import { createVoiceProfiler, type VoiceProfile } from "./voice-profile.ts";

/** Space for a packet, relative to the average of the bit rate. */
const PACKET_ALLOWANCE = 1.5;
/** The picture of a base that browsers do not play is encoded with this. */
const CANONICAL_VIDEO: VideoEncoderOptions = { crf: 18, preset: "medium" };

export const MP4_TEMPLATE_FILE = "template.mp4";

/**
 * Compiles a base into an MP4 template. The base's own packets are spliced where its AAC allows it;
 * otherwise its audio (and, for `video: "auto"`, a picture browsers do not play) is encoded once.
 */
export async function compileMp4(
  request: CompileRequest,
): Promise<{ context: TemplateContext; warnings: Warning[] }> {
  const warnings: Warning[] = [];
  let profile: VoiceProfile | null = null;
  const normalised = path.join(request.folder, "normalised.mp4");
  try {
    const own = await openOwn(request);
    let source: Mp4Source;
    if (typeof own === "string") {
      const made = normalise(request, normalised, own);
      warnings.push(...made.warnings);
      profile = made.profile;
      source = await openSource(normalised, "the converted base");
    } else source = own;
    using _input = source.input;
    try {
      profile ??= listen(request);
      return { context: await build(request, source, profile, warnings), warnings };
    } finally {
      await source.movie.close();
    }
  } finally {
    await rm(normalised, { force: true });
  }
}

/** The base itself as the source, or the reason why its packets cannot be used as they are. */
async function openOwn(request: CompileRequest): Promise<Mp4Source | string> {
  {
    using input = openInput(request.base);
    requireAudio(input);
    if (!input.video) {
      throw new AppError(
        "NO_VIDEO",
        `${input.name} has no picture: use --insert-mode silver for audio, or choose a video`,
      );
    }
    if (convertsPicture(input, request)) return "its picture is converted";
    if (!input.format.iformat?.name?.includes("mp4")) return "it is not an MP4 or MOV file";
    const reason = aacObstacle(input);
    if (reason) return reason;
  }
  const source = await openSource(request.base, path.basename(request.base)).catch(
    (error: unknown) => {
      if (error instanceof AppError && error.code === "MEDIA_UNSUPPORTED") return error.message;
      throw error;
    },
  );
  if (typeof source === "string") return source;
  const joint = await jointObstacle(source, request);
  if (joint === null) return source;
  source.input[Symbol.dispose]();
  await source.movie.close();
  return joint;
}

/** Whether the picture has to be encoded anew. */
function convertsPicture({ video, format }: Input, request: CompileRequest): boolean {
  if (!video) return false;
  // AVI tells when pictures are decoded, which is when they are shown only where none is reordered.
  const untimed = format.iformat?.name === "avi" && video.codecpar.videoDelay > 0;
  return untimed || (request.video === "auto" && !isWebVideo(video));
}

function aacObstacle(input: Input): string | null {
  const audio = requireAudio(input);
  const { codecpar } = audio;
  if (codecName(audio) !== "aac") return `its audio is ${codecName(audio)}`;
  if (codecpar.profile !== AV_PROFILE_AAC_LOW && codecpar.profile !== AV_PROFILE_UNKNOWN) {
    return "its audio is not AAC-LC";
  }
  if (codecpar.channels > 2) return `its audio has ${codecpar.channels} channels`;
  using encoder = createAudioEncoder({ codec: "aac", ...aacFormat(audio), bitRate: MIN_BIT_RATE });
  // Object type, sample rate and channels; what follows is only a hint.
  const same = codecpar.extradata?.subarray(0, 2).equals(encoder.extradata.subarray(0, 2));
  return same ? null : "its AAC is configured differently";
}

/** Null when old and new packets of this base can be joined around the editable part. */
async function jointObstacle(source: Mp4Source, request: CompileRequest): Promise<string | null> {
  const range = editableRange(source, request.editable);
  const { windows, planes, planesStart } = await decodeRange(source, range);
  const splice = spliceAac({
    planes,
    planesStart,
    changed: { first: range.firstChanged, last: range.lastChanged },
    range: { ...range, windows, reachesEnd: range.last === range.count - 1 },
    reach: { before: JOINT_REACH, after: JOINT_REACH },
    encoder: source.encoder,
  });
  return splice ? null : "its AAC uses windows that ours cannot join";
}

/** Makes an MP4 with an AAC track of our own, and listens to the base on the way. */
function normalise(request: CompileRequest, output: string, reason: string) {
  using input = openInput(request.base);
  const audio = requireAudio(input);
  const { sampleRate } = aacFormat(audio);
  const convertVideo = convertsPicture(input, request);
  const profiler = createVoiceProfiler(sampleRate, request.slot);
  const bitRate = Math.max(
    MIN_BIT_RATE,
    codecName(audio) === "aac" ? Number(audio.codecpar.bitRate) : 0,
  );
  const { carried, dropped } = otherTracks(input);
  transcode({
    input,
    output,
    carried,
    video: convertVideo ? CANONICAL_VIDEO : "copy",
    audioBitRate: bitRate,
    faststart: false,
    onSound: (channels) => profiler.push(mixDown(channels)),
  });
  const warnings: Warning[] = [];
  if (convertVideo && input.video) {
    const why =
      request.video === "keep" || isWebVideo(input.video)
        ? "because AVI does not tell when its pictures are shown"
        : "so that browsers play it; --keep-video keeps it as it is";
    warnings.push({
      code: "VIDEO_CONVERTED",
      message: `the ${codecName(input.video)} picture of ${input.name} was converted to H.264 once, ${why}`,
    });
  }
  warnings.push({
    code: "AUDIO_ENCODED",
    message: `the audio of ${input.name} was encoded once as AAC at ${Math.round(bitRate / 1000)} kb/s (${reason})`,
  });
  if (dropped.length > 0) {
    warnings.push({
      code: "TRACKS_DROPPED",
      message: `${input.name} has further tracks that MP4 cannot hold and the outputs lack: ${dropped.map(codecName).join(", ")}`,
    });
  }
  return { warnings, profile: profiler.finish() };
}

function listen(request: CompileRequest): VoiceProfile {
  using input = openInput(request.base);
  const profiler = createVoiceProfiler(requireAudio(input).codecpar.sampleRate, request.slot);
  for (const channels of timelineAudio(input, undefined)) profiler.push(mixDown(channels));
  return profiler.finish();
}

/** Writes the template file and what is needed to render from it. */
async function build(
  request: CompileRequest,
  source: Mp4Source,
  profile: VoiceProfile,
  warnings: Warning[],
): Promise<TemplateContext> {
  const { track, encoder } = source;
  const range = editableRange(source, request.editable);
  const { windows, planes, planesStart } = await decodeRange(source, range);
  const packetBytes = Math.ceil(
    ((encoder.bitRate / 8) * FRAME * PACKET_ALLOWANCE) / encoder.sampleRate,
  );
  const cells = planCells(track, range.first, range.last, packetBytes);
  const packetSizes = [...track.samples.sizes.subarray(range.first, range.last + 1)];
  const written = await writeTemplate({
    file: path.join(request.folder, MP4_TEMPLATE_FILE),
    movie: source.movie,
    track,
    sampleRate: encoder.sampleRate,
    cells,
    growable: range.growable,
  });
  const { tone, ...scalars } = profile;
  const context: TemplateContext = {
    kind: "mp4",
    sizeBytes: written.sizeBytes,
    mediaType: "video/mp4",
    sampleRate: encoder.sampleRate,
    channels: encoder.channels,
    bitRate: encoder.bitRate,
    origin: source.origin,
    end: source.end,
    packets: { first: range.first, last: range.last, count: range.count, sizes: packetSizes },
    windows,
    cells,
    sizesOffset: written.sizesOffset,
    growth: written.growth,
    planesStart,
    profile: scalars,
    audio: warnings.some((warning) => warning.code === "AUDIO_ENCODED") ? "encoded" : "base",
    video: warnings.some((warning) => warning.code === "VIDEO_CONVERTED") ? "encoded" : "base",
  };
  await saveContext(request.folder, context, { planes, tone });
  return context;
}
