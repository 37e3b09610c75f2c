import { rm } from "node:fs/promises";
import path from "node:path";
import { AV_PROFILE_AAC_LOW, AV_PROFILE_UNKNOWN } from "node-av/constants";
import { AppError } from "../domain/app-error.ts";
import type { PictureStretch } from "../domain/template.ts";
import type { Warning } from "../domain/warning.ts";
import type { CompileRequest } from "../ports/media-engine.ts";
import { spliceAac } from "./aac/splice.ts";
import { createAudioEncoder } from "./libav/audio-encoder.ts";
import { codecName, type Input, openInput } from "./libav/input.ts";
import { mixDown, requireAudio, timelineAudio } from "./libav/timeline-audio.ts";
import { aacFormat } from "./libav/transcode.ts";
import { buildMp4Template } from "./mp4-build.ts";
import {
  decodeRange,
  JOINT_REACH,
  MIN_BIT_RATE,
  type Mp4Source,
  openSource,
  type SoundRange,
  soundRanges,
} from "./mp4-source.ts";
import { convertsPicture, normalise } from "./normalise.ts";
import { type StretchedPictures, stretchPictures } from "./pictures/stretch-pictures.ts";
import { MAX_GROWTH_SECONDS, type Mp4Context } from "./template-context.ts";
import { createVoiceProfiler, type VoiceProfile } from "./voice-profile.ts";

export type CompiledMp4 = {
  context: Mp4Context;
  stretches: (PictureStretch | null)[];
  warnings: Warning[];
};

/**
 * Compiles a base into an MP4 template. The base's own packets are spliced where its AAC allows it;
 * otherwise its audio (and, for `video: "auto"`, a picture browsers do not play) is encoded once. So is
 * a picture of which a part is wanted anew and cannot be cut out.
 */
export async function compileMp4(request: CompileRequest): Promise<CompiledMp4> {
  const normalised = path.join(request.folder, "normalised.mp4");
  let prepared: Prepared | null = null;
  try {
    prepared = await prepare(request, normalised);
    const { source, ranges, pictures, warnings } = prepared;
    const profile = prepared.profile ?? listen(request);
    const growth = ranges.map((range) => MAX_GROWTH_SECONDS[range.growth]);
    const built = await buildMp4Template(request, {
      ...{ source, ranges, growth, profile, pictures },
      audio: told(warnings, "AUDIO_ENCODED"),
      video: told(warnings, "VIDEO_CONVERTED"),
    });
    const stretches = pictures?.stretches ?? request.slots.map(() => null);
    return { context: built, stretches, warnings };
  } finally {
    await prepared?.close();
    await rm(normalised, { force: true });
  }
}

function told(warnings: readonly Warning[], code: string): "base" | "encoded" {
  return warnings.some((warning) => warning.code === code) ? "encoded" : "base";
}

/** A base whose packets can be replaced in all slots. */
type Prepared = {
  source: Mp4Source;
  ranges: SoundRange[];
  /** Null where no pictures are wanted. */
  pictures: StretchedPictures | null;
  /** Of the base's sound, when it was heard on the way. */
  profile: VoiceProfile | null;
  warnings: Warning[];
  close(): Promise<void>;
};

/** Takes the base itself where that can be, else a copy of which as much is encoded as has to be. */
async function prepare(request: CompileRequest, normalised: string): Promise<Prepared> {
  const own = await openOwn(request);
  const reasons: { sound: string | null; picture: string | null } = { sound: null, picture: null };
  if (typeof own === "string") reasons.sound = own;
  else {
    const tried = await withPictures(own, request);
    if (typeof tried !== "string") return { ...tried, profile: null, warnings: [] };
    reasons.picture = tried;
  }
  for (;;) {
    const { warnings, profile } = normalise(request, normalised, reasons);
    const source = await openSource(normalised, "the converted base");
    const tried = await withPictures(source, request);
    if (typeof tried !== "string") return { ...tried, profile, warnings };
    if (reasons.picture !== null) {
      throw new AppError(
        "MEDIA_UNSUPPORTED",
        `the pictures of ${path.basename(request.base)} cannot be replaced (${tried}): export it again as MP4 with H.264`,
      );
    }
    reasons.picture = tried;
  }
}

/** The source with its slots' pictures ready to be replaced, or why they cannot be: then it is closed. */
async function withPictures(
  source: Mp4Source,
  request: CompileRequest,
): Promise<Omit<Prepared, "profile" | "warnings"> | string> {
  let pictures: StretchedPictures | null = null;
  const close = async () => {
    await pictures?.close();
    await closeSource(source);
  };
  try {
    const ranges = soundRanges(source, request.slots);
    if (request.slots.some((slot) => slot.pictures)) {
      const growth = ranges.map((range) => MAX_GROWTH_SECONDS[range.growth]);
      const stretched = await stretchPictures(source, request, growth);
      if (typeof stretched === "string") {
        await close();
        return stretched;
      }
      pictures = stretched;
    }
    return { source, ranges, pictures, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function closeSource({ input, movie }: Mp4Source): Promise<void> {
  input[Symbol.dispose]();
  await movie.close();
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
  await closeSource(source);
  return joint;
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

/** Null when old and new packets of this base can be joined around every slot. */
async function jointObstacle(source: Mp4Source, request: CompileRequest): Promise<string | null> {
  for (const range of soundRanges(source, request.slots)) {
    const { windows, planes, planesStart } = await decodeRange(source, range);
    const splice = spliceAac({
      planes,
      planesStart,
      changed: { first: range.firstChanged, last: range.lastChanged },
      range: {
        ...range,
        windows,
        reachesEnd: range.last === source.track.samples.sizes.length - 1,
      },
      reach: { before: JOINT_REACH, after: JOINT_REACH },
      encoder: source.encoder,
    });
    if (!splice) return "its AAC uses windows that ours cannot join";
  }
  return null;
}

function listen(request: CompileRequest): VoiceProfile {
  using input = openInput(request.base);
  const { sampleRate } = requireAudio(input).codecpar;
  const profiler = createVoiceProfiler(
    sampleRate,
    request.slots.map(({ slot }) => slot),
  );
  for (const channels of timelineAudio(input, undefined)) profiler.push(mixDown(channels));
  return profiler.finish();
}
