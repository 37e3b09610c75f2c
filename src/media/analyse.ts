import { AppError } from "../domain/app-error.ts";
import type { Audio } from "../domain/audio.ts";
import type { Analysis, AnalysisRequest } from "../ports/media-engine.ts";
import { toDb } from "../signal/decibels.ts";
import { createSilenceDetector } from "../signal/silence.ts";
import { joinPlanes } from "./libav/audio-decoder.ts";
import { openInput } from "./libav/input.ts";
import { mixDown, requireAudio, timelineAudio } from "./libav/timeline-audio.ts";
import { requireWhole } from "./whole-file.ts";

/** Listens to a whole base once. */
export async function analyse(path: string, request: AnalysisRequest): Promise<Analysis> {
  using input = openInput(path);
  const { sampleRate, channels } = requireAudio(input).codecpar;
  const whole = await requireWhole(input);
  const detect = (minSilenceSeconds: number) =>
    createSilenceDetector({
      sampleRate,
      channels,
      thresholdDb: request.silenceDb,
      minSilenceSeconds,
    });
  const pauses = detect(request.silenceDuration);
  const shortPauses = detect(request.shortSilenceDuration);
  let samples = 0;
  let peak = 0;
  for (const block of timelineAudio(whole, undefined)) {
    if (block.length !== channels) {
      throw new AppError(
        "MEDIA_UNREADABLE",
        `the audio of ${input.name} changes from ${channels} to ${block.length} channels: the file is damaged; export it again`,
      );
    }
    pauses.push(block);
    shortPauses.push(block);
    samples += block[0]?.length ?? 0;
    for (const plane of block) {
      for (let i = 0; i < plane.length; i++) peak = Math.max(peak, Math.abs(plane[i] ?? 0));
    }
  }
  return {
    duration: samples / sampleRate,
    silences: pauses.finish(),
    shortSilences: shortPauses.finish(),
    peakDb: toDb(peak),
  };
}

/** Longest recording of a name that is read whole, seconds. */
const MAX_CLIP_SECONDS = 600;

/** Decodes a short sound file to mono at its own rate. */
export function decodeClip(path: string): Audio {
  using input = openInput(path);
  const { sampleRate } = requireAudio(input).codecpar;
  const blocks: Float32Array[][] = [];
  let samples = 0;
  for (const block of timelineAudio(input, undefined)) {
    blocks.push([mixDown(block)]);
    samples += block[0]?.length ?? 0;
    if (samples > MAX_CLIP_SECONDS * sampleRate) {
      throw new AppError(
        "MEDIA_UNSUPPORTED",
        `${input.name} is longer than ${MAX_CLIP_SECONDS} s, which no spoken name is`,
      );
    }
  }
  return { samples: joinPlanes(blocks)[0] ?? new Float32Array(), sampleRate };
}
