import path from "node:path";
import { diskError } from "../domain/disk-error.ts";
import type { Warning } from "../domain/warning.ts";
import type { CompileRequest } from "../ports/media-engine.ts";
import { disclosedComment } from "./disclosure.ts";
import { type AudioFormat, joinPlanes } from "./libav/audio-decoder.ts";
import { createAudioEncoder } from "./libav/audio-encoder.ts";
import { createFramer } from "./libav/framer.ts";
import { openInput } from "./libav/input.ts";
import { mixDown, requireAudio, timelineAudio } from "./libav/timeline-audio.ts";
import { infoFrame, MP3_DELAY } from "./mp3/frame.ts";
import { id3Tag } from "./mp3/id3-tag.ts";
import { onlyOne } from "./only-one.ts";
import { type Mp3Context, saveContext } from "./template-context.ts";
import { createTemplateWriter } from "./template-file.ts";
import { createVoiceProfiler } from "./voice-profile.ts";

export const MP3_TEMPLATE_FILE = "template.mp3";

/** Sample rates of MPEG-1 and MPEG-2 Layer III. */
const MP3_RATES = [16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
/** Frames of the base kept on both sides of the editable part, for joints and the encoder to settle. */
const MARGIN_FRAMES = 24;

/** Compiles a base's sound into an MP3 template: encoded once, in frames that can be spliced. */
export async function compileMp3(
  request: CompileRequest,
): Promise<{ context: Mp3Context; warnings: Warning[] }> {
  using input = openInput(request.base);
  const format = mp3Format(requireAudio(input).codecpar);
  const bitRate = bitRateOf(format);
  using encoder = createAudioEncoder({ codec: "libmp3lame", ...format, bitRate });
  const framer = createFramer(encoder, format.channels);
  const profiler = createVoiceProfiler(format.sampleRate, [onlyOne(request.slots).slot]);
  const window = createWindow(request, format, encoder.frameLength);
  const frames: Buffer[] = [];
  let end = 0;
  for (const channels of timelineAudio(input, format)) {
    profiler.push(mixDown(channels));
    window.push(channels, end);
    end += channels[0]?.length ?? 0;
    frames.push(...framer.push(channels));
  }
  frames.push(...framer.finish());
  const { tone, ...profile } = profiler.finish();

  const file = path.join(request.folder, MP3_TEMPLATE_FILE);
  const endPadding = frames.length * encoder.frameLength - MP3_DELAY - end;
  const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
  const [first = Buffer.alloc(0)] = frames;
  const info = infoFrame(first, { frames: frames.length, bytes, endPadding });
  const { comment = "", ...tags } = input.format.metadata?.getAll() ?? {};
  const tag = id3Tag({ ...tags, comment: disclosedComment([comment]) });
  const frameOffsets: number[] = [];
  const writer = await createTemplateWriter(file);
  try {
    await writer.write(tag);
    await writer.write(info);
    for (const frame of frames) {
      frameOffsets.push(writer.position());
      await writer.write(frame);
    }
    frameOffsets.push(writer.position());
    await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw diskError(error, file);
  }
  const context: Mp3Context = {
    kind: "mp3",
    mediaType: "audio/mpeg",
    sizeBytes: writer.position(),
    ...format,
    bitRate,
    profile,
    audio: "encoded",
    video: "none",
    frameLength: encoder.frameLength,
    tagBytes: tag.length,
    frameOffsets,
    planesStart: window.start,
    end,
  };
  await saveContext(request.folder, context, { planes: [window.planes()], tone });
  return { context, warnings: [] };
}

function mp3Format({
  sampleRate,
  channels,
}: {
  sampleRate: number;
  channels: number;
}): AudioFormat {
  const rate = MP3_RATES.find((one) => one >= sampleRate) ?? 48_000;
  return { sampleRate: rate, channels: channels === 1 ? 1 : 2 };
}

/** Constant bit rates that keep a spliced frame from being heard. */
function bitRateOf({ sampleRate, channels }: AudioFormat): number {
  if (sampleRate < 32_000) return channels === 1 ? 64_000 : 96_000;
  return channels === 1 ? 96_000 : 160_000;
}

/** Keeps the part of a base that a render needs: the editable part and some frames around. */
function createWindow(request: CompileRequest, format: AudioFormat, frameLength: number) {
  const frameOf = (seconds: number) => Math.floor((seconds * format.sampleRate) / frameLength);
  const first = Math.max(0, frameOf(onlyOne(request.slots).editable.start) - MARGIN_FRAMES);
  const start = first * frameLength;
  const end = (frameOf(onlyOne(request.slots).editable.end) + 1 + MARGIN_FRAMES) * frameLength;
  const parts: Float32Array[][] = [];
  return {
    start,
    push(channels: Float32Array[], position: number) {
      const from = Math.max(0, start - position);
      const to = Math.min(channels[0]?.length ?? 0, end - position);
      if (to > from) parts.push(channels.map((plane) => plane.slice(from, to)));
    },
    planes: () => joinPlanes(parts),
  };
}
