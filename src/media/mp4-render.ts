import { AppError } from "../domain/app-error.ts";
import type { Edit } from "../domain/edit.ts";
import type { Rendered, RenderRequest } from "../ports/media-engine.ts";
import { FRAME, type Splice, spliceAac } from "./aac/splice.ts";
import { decodePackets } from "./libav/audio-decoder.ts";
import { type Input, openInput } from "./libav/input.ts";
import { requireAudio } from "./libav/timeline-audio.ts";
import { composeFill, contextOf, heardName, matchClip, measureSeams } from "./mix-clip.ts";
import { growthPatches } from "./mp4/growth.ts";
import type { Mp4Context, TemplateSound } from "./template-context.ts";
import { openTemplate, type Patch, patchTemplate, type TemplateReader } from "./template-file.ts";
import type { VoiceProfile } from "./voice-profile.ts";

/**
 * Where joints are looked for and at which share of the bit rate. The first attempt nearly always
 * holds; another bit rate makes the encoder choose other windows.
 */
const ATTEMPTS = [
  { before: 4, after: 10, rate: 1 },
  { before: 24, after: 24, rate: 1 },
  { before: 24, after: 24, rate: 0.85 },
  { before: 24, after: 24, rate: 0.7 },
  { before: 24, after: Number.POSITIVE_INFINITY, rate: 0.6 },
];
/** A joint whose decoded sound is further than this from the base's, relative to full scale, is refused. */
const MAX_JOINT_ERROR = 0.1;

export type Mp4Renderer = {
  render(request: Omit<RenderRequest, "template">): Rendered;
  [Symbol.dispose](): void;
};

export function createMp4Renderer(
  template: { id: string; file: string },
  context: Mp4Context,
  sound: TemplateSound,
): Mp4Renderer {
  const reader = openTemplate(template.file);
  const input = openInput(template.file);
  const old = readPackets(context, reader);
  const profile = { ...context.profile, tone: sound.tone };
  const scope: Scope = { id: template.id, context, sound, profile, reader, input, old };
  return {
    render: (request) => render(scope, request),
    [Symbol.dispose]() {
      reader.close();
      input[Symbol.dispose]();
    },
  };
}

type Scope = {
  id: string;
  context: Mp4Context;
  sound: TemplateSound;
  profile: VoiceProfile;
  reader: TemplateReader;
  input: Input;
  /** The base's packets that may be replaced. */
  old: Buffer[];
};

function render(scope: Scope, request: Omit<RenderRequest, "template">): Rendered {
  const { edit, clip, matchLoudness: loudness } = request;
  const { context, profile } = scope;
  const { sampleRate } = context;
  const matched = matchClip(clip, {
    profile,
    sampleRate,
    length: edit.fill.clipLength,
    loudness,
  });
  const changed = applyEdit(scope, edit, matched);
  for (const { before, after, rate } of ATTEMPTS) {
    const splice = spliceAac({
      planes: changed.planes,
      planesStart: context.planesStart,
      changed: changed.frames,
      range: {
        first: context.packets.first,
        last: context.packets.last,
        windows: context.windows,
        reachesEnd: context.packets.last === context.packets.count - 1,
      },
      reach: { before, after },
      encoder: {
        codec: "aac",
        sampleRate,
        channels: context.channels,
        bitRate: context.bitRate * rate,
      },
    });
    const patches = splice && placePackets(scope, splice, changed);
    if (!splice || !patches) continue;
    const heard = decodeAround(scope, splice);
    if (jointError(scope, changed, splice, heard) > MAX_JOINT_ERROR) continue;
    const rendition = patchTemplate(
      {
        id: scope.id,
        reader: scope.reader,
        sizeBytes: context.sizeBytes,
        mediaType: context.mediaType,
      },
      patches.list,
      patches.size,
    );
    const fillStart = edit.cut.start - context.origin - heard.start * FRAME;
    const seams = measureSeams(heard.planes, fillStart, edit, { profile, sampleRate });
    return {
      rendition,
      seams,
      ...(request.listen && { heard: heardName(heard.planes, fillStart, edit, sampleRate) }),
    };
  }
  throw new AppError(
    "RENDER_FAILED",
    "the name could not be joined to the base's audio without a click: give the slot with --slot",
  );
}

type ChangedSound = {
  /** `[channel][sample]` from frame `planesStart` of the track on, whole frames. */
  planes: Float32Array[];
  /** Frames of the track that differ from the base, both inclusive. */
  frames: { first: number; last: number };
  /** Samples the sound became longer by. */
  longer: number;
};

function applyEdit(scope: Scope, edit: Edit, clip: Float32Array): ChangedSound {
  const { context, sound, profile } = scope;
  const { cut, fill, fade } = edit;
  const start = cut.start - context.origin - context.planesStart * FRAME;
  const end = cut.end - context.origin - context.planesStart * FRAME;
  const longer = fill.length - (cut.end - cut.start);
  if (start < 0 || end > (sound.planes[0]?.length ?? 0) || (longer !== 0 && !context.growth)) {
    throw new AppError(
      "SLOT_INVALID",
      "the slot lies outside the part of the base that was compiled",
    );
  }
  const filled = composeFill(edit, clip, contextOf(sound.planes, { start, end }, fade), profile);
  const planes = sound.planes.map((plane, channel) => {
    // After an edit that makes the sound longer nothing follows: it reaches to the end of the base.
    const rest = longer === 0 ? plane.subarray(end) : plane.subarray(end, end);
    const length = Math.ceil((start + fill.length + rest.length) / FRAME) * FRAME;
    const result = new Float32Array(length);
    result.set(plane.subarray(0, start));
    result.set(filled[channel] ?? [], start);
    result.set(rest, start + fill.length);
    return result;
  });
  const first = Math.floor(start / FRAME) + context.planesStart;
  const last = Math.ceil((start + fill.length) / FRAME) - 1 + context.planesStart;
  return { planes, frames: { first, last }, longer };
}

/** Puts the new packets into their cells; null when they need more room than a cell has. */
function placePackets(
  scope: Scope,
  splice: Splice,
  changed: ChangedSound,
): { list: Patch[]; size: number } | null {
  const { context, old } = scope;
  const { cells, packets } = context;
  const lastNew = splice.first + splice.packets.length - 1;
  const packetOf = (number: number): Buffer =>
    splice.packets[number - splice.first] ?? old[number - packets.first] ?? Buffer.alloc(0);
  const touched = cells.filter((cell) => cell.last >= splice.first && cell.first <= lastNew);
  const list: Patch[] = [];
  const sizes: number[] = [];
  let size = context.sizeBytes;
  const extra = Math.max(0, lastNew - packets.last);
  if (context.growth && extra > context.growth.maxPackets) throw tooLong(context);
  for (const cell of touched) {
    const grows = changed.longer > 0 && cell === cells.at(-1);
    const last = grows ? Math.max(lastNew, cell.last) : cell.last;
    const contents: Buffer[] = [];
    for (let number = cell.first; number <= last; number++) contents.push(packetOf(number));
    const bytes = Buffer.concat(contents);
    sizes.push(...contents.map((packet) => packet.length));
    if (grows) size = cell.offset + bytes.length;
    else if (bytes.length > cell.capacity) return null;
    list.push({ offset: cell.offset, bytes });
  }
  const table = Buffer.alloc(4 * sizes.length);
  sizes.forEach((one, i) => {
    table.writeUInt32BE(one, 4 * i);
  });
  const firstTouched = touched[0]?.first ?? packets.first;
  list.push({
    offset: context.sizesOffset + 4 * (firstTouched - packets.first),
    bytes: changed.longer > 0 ? Buffer.concat([table, spareHeader(context, extra)]) : table,
  });
  if (changed.longer > 0) list.push(...lengthen(context, changed, extra, size));
  return { list, size };
}

function tooLong(context: Mp4Context): AppError {
  const seconds = Math.floor(((context.growth?.maxPackets ?? 0) * FRAME) / context.sampleRate);
  return new AppError(
    "NAME_TOO_LONG",
    `the text would make the video more than ${seconds} s longer: shorten --text`,
  );
}

/** The free box that is left of the spare space once the size table took its part. */
function spareHeader(context: Mp4Context, extra: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE((context.growth?.spareBytes ?? 0) - 4 * extra, 0);
  header.write("free", 4, "latin1");
  return header;
}

function lengthen(
  context: Mp4Context,
  changed: ChangedSound,
  extra: number,
  size: number,
): Patch[] {
  const { growth, packets, origin, sampleRate } = context;
  if (!growth) return [];
  const end = context.end + changed.longer;
  const count = packets.count + extra;
  const mediaSamples = end - origin;
  return growthPatches(growth, {
    packets: extra,
    end,
    lastLength: Math.min(FRAME, Math.max(1, mediaSamples - (count - 1) * FRAME)),
    mediaSamples,
    sampleRate,
    mediaDataBytes: size - context.sizeBytes,
  });
}

type Heard = {
  /** Frame of the track at which `planes` begin. */
  start: number;
  planes: Float32Array[];
};

/** Decodes the splice as a player will, with the base's packets around it. */
function decodeAround(scope: Scope, splice: Splice): Heard {
  const { context, input, old } = scope;
  const { first } = context.packets;
  const start = Math.max(first, splice.first - 4);
  const end = Math.min(context.packets.last, splice.first + splice.packets.length + 3);
  const packets: Buffer[] = [];
  for (let n = start; n <= Math.max(end, splice.first + splice.packets.length - 1); n++) {
    packets.push(splice.packets[n - splice.first] ?? old[n - first] ?? Buffer.alloc(0));
  }
  const planes = decodePackets(requireAudio(input), packets);
  return { start, planes };
}

/** The largest difference between what is heard and what was meant in the frames of the two joints. */
function jointError(scope: Scope, changed: ChangedSound, splice: Splice, heard: Heard): number {
  const { context } = scope;
  const afterLast = splice.first + splice.packets.length;
  let worst = 0;
  for (const frame of [splice.first, afterLast]) {
    if (frame <= heard.start || (frame === afterLast && afterLast > context.packets.last)) continue;
    const at = (frame - heard.start) * FRAME;
    const wanted = (frame - context.planesStart) * FRAME;
    for (let i = 0; i < FRAME; i++) {
      const difference = (heard.planes[0]?.[at + i] ?? 0) - (changed.planes[0]?.[wanted + i] ?? 0);
      worst = Math.max(worst, Math.abs(difference));
    }
  }
  return worst;
}

function readPackets({ cells, packets }: Mp4Context, reader: TemplateReader): Buffer[] {
  return cells.flatMap((cell) => {
    const sizes = packets.sizes.slice(cell.first - packets.first, cell.last - packets.first + 1);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const bytes = reader.read(cell.offset, total);
    let at = 0;
    return sizes.map((size) => {
      at += size;
      return bytes.subarray(at - size, at);
    });
  });
}
