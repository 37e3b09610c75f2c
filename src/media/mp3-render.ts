import { AppError } from "../domain/app-error.ts";
import type { Edit } from "../domain/edit.ts";
import type { Piece } from "../domain/rendition.ts";
import type { Rendered, RenderRequest } from "../ports/media-engine.ts";
import { decodePackets } from "./libav/audio-decoder.ts";
import { encodeAudio } from "./libav/audio-encoder.ts";
import { type Input, openInput } from "./libav/input.ts";
import { requireAudio } from "./libav/timeline-audio.ts";
import { composeFill, contextOf, heardName, matchClip, measureSeams } from "./mix-clip.ts";
import { canSwitchAfter, infoFrame, MP3_DELAY, readFrame } from "./mp3/frame.ts";
import { onlyOne } from "./only-one.ts";
import type { Mp3Context, TemplateSound } from "./template-context.ts";
import { openTemplate, renditionOf, type TemplateReader } from "./template-file.ts";
import type { VoiceProfile } from "./voice-profile.ts";

/** Frames the encoder is given before the first one that is used. */
const WARM_UP = 6;
/** How many frames around the changed ones a joint is looked for. */
const REACH = 12;
/** LAME lowers everything by this factor against clipping; the profile was taken before. */
const LAME_SCALE = 0.95;
/** A sample reaches into this many frames on both sides: transform overlap and filter bank. */
const SPREAD = 2;

export type Mp3Renderer = {
  render(request: Omit<RenderRequest, "template">): Rendered;
  [Symbol.dispose](): void;
};

type Scope = {
  id: string;
  context: Mp3Context;
  sound: TemplateSound;
  profile: VoiceProfile;
  reader: TemplateReader;
  input: Input;
};

export function createMp3Renderer(
  template: { id: string; file: string },
  context: Mp3Context,
  sound: TemplateSound,
): Mp3Renderer {
  const reader = openTemplate(template.file);
  const input = openInput(template.file);
  const profile = { ...context.profile, tone: sound.tone };
  const scope: Scope = { id: template.id, context, sound, profile, reader, input };
  return {
    render: (request) => render(scope, request),
    [Symbol.dispose]() {
      reader.close();
      input[Symbol.dispose]();
    },
  };
}

function render(scope: Scope, request: Omit<RenderRequest, "template">): Rendered {
  const { context, profile } = scope;
  const own = planesOf(scope.sound);
  const { sampleRate, frameLength, planesStart } = context;
  const { edit, clip: spoken } = onlyOne(request.edits);
  const clip = matchClip(spoken, {
    profile,
    sampleRate,
    length: edit.fill.clipLength,
    loudness: request.matchLoudness,
  });
  const longer = edit.fill.length - (edit.cut.end - edit.cut.start);
  if (longer % frameLength !== 0 || edit.cut.start < planesStart) {
    throw new AppError(
      "SLOT_INVALID",
      "the slot lies outside the part of the base that was compiled",
    );
  }
  const planes = applyEdit(edit, clip, own, planesStart, profile);
  const splice = spliceFrames(scope, edit, planes, longer / frameLength);
  const rendition = assemble(scope, splice, longer);
  const start = Math.max(0, splice.first - WARM_UP);
  const heard = decodePackets(requireAudio(scope.input), [
    ...readFrames(scope, start, splice.first),
    ...splice.frames,
    ...readFrames(scope, splice.next, Math.min(splice.next + WARM_UP, frameCount(context))),
  ]);
  for (const plane of heard) {
    for (let i = 0; i < plane.length; i++) plane[i] = (plane[i] ?? 0) / LAME_SCALE;
  }
  const fillStart = edit.cut.start + MP3_DELAY - start * frameLength;
  return {
    rendition,
    seams: measureSeams(heard, fillStart, edit, { profile, sampleRate }),
    ...(request.listen && { heard: [heardName(heard, fillStart, edit, sampleRate)] }),
  };
}

/** Of the one slot. */
function planesOf({ planes }: TemplateSound): Float32Array[] {
  return planes[0] ?? [];
}

/** The base's sound around the edit with the edit done, `[channel][sample]` from `planesStart` on. */
function applyEdit(
  edit: Edit,
  clip: Float32Array,
  planes: Float32Array[],
  planesStart: number,
  profile: VoiceProfile,
): Float32Array[] {
  const { cut, fill, fade } = edit;
  const [start, end] = [cut.start - planesStart, cut.end - planesStart];
  const filled = composeFill(edit, clip, contextOf(planes, { start, end }, fade), profile);
  return planes.map((plane, channel) => {
    const result = new Float32Array(start + fill.length + plane.length - end);
    result.set(plane.subarray(0, start));
    result.set(filled[channel] ?? [], start);
    result.set(plane.subarray(end), start + fill.length);
    return result;
  });
}

type FrameSplice = {
  /** Frame of the base at which the new frames begin. */
  first: number;
  frames: Buffer[];
  /** Frame of the base that follows the new ones; the number of frames when none does. */
  next: number;
};

/** Encodes the changed frames so that they fit between the base's; `shift` is how many frames are added. */
function spliceFrames(
  scope: Scope,
  edit: Edit,
  planes: Float32Array[],
  shift: number,
): FrameSplice {
  const { context } = scope;
  const { frameLength, sampleRate, channels, bitRate } = context;
  const count = frameCount(context);
  const planesFirst = context.planesStart / frameLength;
  const frameAt = (sample: number) => Math.floor((sample + MP3_DELAY) / frameLength);
  const firstChanged = Math.max(0, frameAt(edit.cut.start) - SPREAD);
  const lastChanged = frameAt(edit.cut.start + edit.fill.length) + SPREAD;
  const start = Math.max(planesFirst, firstChanged - REACH - WARM_UP);
  const encoded = encodeAudio(
    planes.map((plane) => plane.subarray((start - planesFirst) * frameLength)),
    { codec: "libmp3lame", sampleRate, channels, bitRate },
  );
  const made = (frame: number) => encoded[frame - start];
  const switches = (frame: number, oldFrame: number): boolean => {
    const bytes = made(frame);
    const [old] = readFrames(scope, oldFrame, oldFrame + 1);
    return bytes && old ? canSwitchAfter(readFrame(old), readFrame(bytes)) : false;
  };

  let first: number | null = start === 0 ? 0 : null;
  for (let frame = firstChanged; frame >= Math.max(1, start + WARM_UP); frame--) {
    if (!switches(frame - 1, frame - 1)) continue;
    first = frame;
    break;
  }
  if (first === null) throw noJoint();
  const planesEnd = context.planesStart + (planes[0]?.length ?? 0);
  const reachesEnd = context.planesStart + (planesOf(scope.sound)[0]?.length ?? 0) >= context.end;
  // The last frames of the encoded stretch hear silence after it, unless the base ends there too.
  const lastUsable = Math.floor(planesEnd / frameLength) - SPREAD - 1;
  for (let frame = lastChanged; frame <= Math.min(lastUsable, lastChanged + REACH); frame++) {
    const old = frame - shift;
    if (old + 1 >= count || !switches(frame, old)) continue;
    return { first, frames: encoded.slice(first - start, frame + 1 - start), next: old + 1 };
  }
  if (!reachesEnd) throw noJoint();
  return { first, frames: encoded.slice(first - start), next: count };
}

function noJoint(): AppError {
  return new AppError(
    "RENDER_FAILED",
    "the name could not be joined to the base's audio without a click: give the slot with --slot",
  );
}

function assemble(scope: Scope, splice: FrameSplice, longer: number) {
  const { context, id } = scope;
  const { frameOffsets, frameLength } = context;
  const count = frameCount(context);
  const start = frameOffsets[0] ?? 0;
  const cutFrom = frameOffsets[splice.first] ?? start;
  const cutTo = frameOffsets[splice.next] ?? context.sizeBytes;
  const own = Buffer.concat(splice.frames);
  const frames = splice.first + splice.frames.length + count - splice.next;
  const bytes = cutFrom - start + own.length + context.sizeBytes - cutTo;
  const endPadding = frames * frameLength - MP3_DELAY - (context.end + longer);
  const [like = own] = splice.frames;
  const pieces: Piece[] = [
    { template: id, offset: 0, length: context.tagBytes },
    { bytes: infoFrame(like, { frames, bytes, endPadding }) },
  ];
  if (cutFrom > start) pieces.push({ template: id, offset: start, length: cutFrom - start });
  pieces.push({ bytes: own });
  if (cutTo < context.sizeBytes) {
    pieces.push({ template: id, offset: cutTo, length: context.sizeBytes - cutTo });
  }
  return renditionOf(pieces, { reader: scope.reader, mediaType: context.mediaType });
}

function frameCount({ frameOffsets }: Mp3Context): number {
  return frameOffsets.length - 1;
}

/** Frames `from` up to but not including `to` of the base. */
function readFrames({ context, reader }: Scope, from: number, to: number): Buffer[] {
  const { frameOffsets } = context;
  const frames: Buffer[] = [];
  for (let frame = Math.max(0, from); frame < Math.min(to, frameCount(context)); frame++) {
    const offset = frameOffsets[frame] ?? 0;
    frames.push(reader.read(offset, (frameOffsets[frame + 1] ?? offset) - offset));
  }
  return frames;
}
