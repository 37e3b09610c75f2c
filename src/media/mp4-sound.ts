import { AppError } from "../domain/app-error.ts";
import type { Audio } from "../domain/audio.ts";
import type { Edit } from "../domain/edit.ts";
import type { Seams } from "../domain/seams.ts";
import type { RenderRequest, SlotEdit } from "../ports/media-engine.ts";
import { FRAME, type Splice, spliceAac } from "./aac/splice.ts";
import { decodePackets } from "./libav/audio-decoder.ts";
import type { Input } from "./libav/input.ts";
import { requireAudio } from "./libav/timeline-audio.ts";
import { composeFill, contextOf, heardName, matchClip, measureSeams } from "./mix-clip.ts";
import { MAX_GROWTH_SECONDS, type Mp4Context, type SoundSite } from "./template-context.ts";
import type { Patch, TemplateReader } from "./template-file.ts";
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

/** The sound of one slot of a template. */
export type SiteScope = {
  context: Mp4Context;
  site: SoundSite;
  /** The base's around the slot, `[channel][sample]`. */
  planes: Float32Array[];
  profile: VoiceProfile;
  input: Input;
  old: OldPacket[];
};

/** A packet of the base, and where it lies in the template. */
type OldPacket = { bytes: Buffer; offset: number };

export type SplicedSite = {
  patches: Patch[];
  /** New packets: `sizes` stand instead of `count` packets from `first` on. */
  packets: { first: number; count: number; sizes: number[] };
  /** Samples by which the sound became longer. */
  longer: number;
  atEnd: boolean;
  /** Of the file, where the sound's last packets end it. */
  fileEnd: number | null;
  seams: Seams;
  heard: Audio | null;
};

/**
 * Puts a clip into one slot's sound.
 * @throws AppError SLOT_INVALID, NAME_TOO_LONG, RENDER_FAILED.
 */
export function spliceSite(
  scope: SiteScope,
  { edit, clip }: SlotEdit,
  { matchLoudness, listen = false }: Pick<RenderRequest, "matchLoudness" | "listen">,
): SplicedSite {
  const { context, site, profile } = scope;
  const { sampleRate, channels } = context;
  const matched = matchClip(clip, {
    profile,
    sampleRate,
    length: edit.fill.clipLength,
    loudness: matchLoudness,
  });
  const changed = applyEdit(scope, edit, matched);
  const shift = site.growth === "end" ? 0 : changed.longer / FRAME;
  for (const { before, after, rate } of ATTEMPTS) {
    const splice = spliceAac({
      planes: changed.planes,
      planesStart: site.planesStart,
      changed: changed.frames,
      range: {
        first: site.packets.first,
        last: site.packets.last,
        windows: site.windows,
        reachesEnd: site.packets.last === context.packetCount - 1,
      },
      shift,
      reach: { before, after },
      encoder: { codec: "aac", sampleRate, channels, bitRate: context.bitRate * rate },
    });
    const placed = splice && placePackets(scope, splice, changed.longer, shift);
    if (!splice || !placed) continue;
    const heard = decodeAround(scope, splice, shift);
    if (jointError(scope, changed, splice, heard) > MAX_JOINT_ERROR) continue;
    const fillStart = edit.cut.start - context.origin - heard.start * FRAME;
    return {
      ...placed,
      longer: changed.longer,
      atEnd: site.growth === "end",
      seams: measureSeams(heard.planes, fillStart, edit, { profile, sampleRate }),
      heard: listen ? heardName(heard.planes, fillStart, edit, sampleRate) : null,
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
  /** Frames of the new track that are to be encoded, both inclusive. */
  frames: { first: number; last: number };
  longer: number;
};

function applyEdit(scope: SiteScope, edit: Edit, clip: Float32Array): ChangedSound {
  const { context, site, planes, profile } = scope;
  const { cut, fill, fade } = edit;
  const zero = context.origin + site.planesStart * FRAME;
  const [start, end] = [cut.start - zero, cut.end - zero];
  const longer = fill.length - (cut.end - cut.start);
  requireAllowed(scope, longer);
  if (start < 0 || end > (planes[0]?.length ?? 0)) throw outside();
  const atEnd = site.growth === "end" && longer !== 0;
  const filled = composeFill(edit, clip, contextOf(planes, { start, end }, fade), profile);
  const made = planes.map((plane, channel) => {
    // Where the sound ends later, what lay behind its end does not belong to it.
    const rest = plane.subarray(end, atEnd ? Math.max(end, context.end - zero) : plane.length);
    const length = Math.ceil((start + fill.length + rest.length) / FRAME) * FRAME;
    const result = new Float32Array(length);
    result.set(plane.subarray(0, start));
    result.set(filled[channel] ?? [], start);
    result.set(rest, start + fill.length);
    return result;
  });
  const first = Math.floor(start / FRAME) + site.planesStart;
  const lastFilled = Math.ceil((start + fill.length) / FRAME) - 1 + site.planesStart;
  const lastMade = (made[0]?.length ?? 0) / FRAME - 1 + site.planesStart;
  return { planes: made, frames: { first, last: atEnd ? lastMade : lastFilled }, longer };
}

function requireAllowed({ context, site }: SiteScope, longer: number): void {
  const most = MAX_GROWTH_SECONDS[site.growth];
  if (longer !== 0 && most === 0) throw outside();
  if (longer < 0 || (site.growth === "inside" && longer % FRAME !== 0)) {
    throw new AppError(
      "SLOT_INVALID",
      `an edit makes the sound ${longer} samples longer, not a multiple of ${FRAME} from 0 on`,
    );
  }
  if (longer <= most * context.sampleRate) return;
  const seconds = (longer / context.sampleRate).toFixed(1);
  throw new AppError(
    "NAME_TOO_LONG",
    `the text would make the video ${seconds} s longer, at most ${most} s are possible here: shorten --text`,
  );
}

function outside(): AppError {
  return new AppError(
    "SLOT_INVALID",
    "the slot lies outside the part of the base that was compiled",
  );
}

/** Puts the new packets into the slot's cells; null when they need more room than a cell has. */
function placePackets({ site, old }: SiteScope, splice: Splice, longer: number, shift: number) {
  const { first, last } = site.packets;
  const end = splice.first + splice.packets.length;
  const kept = old.slice(0, splice.first - first);
  // Behind new packets that reach beyond the old end nothing is left.
  const behind = old.slice(Math.max(0, end - shift - first));
  const made = splice.packets.map((bytes) => ({ bytes, offset: null }));
  const sequence = [...kept, ...made, ...behind];
  const patches: Patch[] = [];
  let fileEnd: number | null = null;
  let next = 0;
  for (const [i, cell] of site.cells.entries()) {
    const isLast = i === site.cells.length - 1;
    const contents = sequence.slice(next, isLast ? sequence.length : next + cell.count);
    next += contents.length;
    let at = cell.offset;
    for (const { bytes, offset: from } of contents) {
      const { length } = bytes;
      patches.push(from === null ? { offset: at, bytes } : { offset: at, from, length });
      at += length;
    }
    if (isLast && cell.atEnd && longer > 0) fileEnd = at;
    else if (at > cell.offset + cell.capacity) return null;
  }
  const count = Math.min(last + 1, end - shift) - splice.first;
  const sizes = splice.packets.map((packet) => packet.length);
  return { patches, packets: { first: splice.first, count, sizes }, fileEnd };
}

type Heard = {
  /** Frame of the track at which `planes` begin. */
  start: number;
  planes: Float32Array[];
};

/** Decodes the splice as a player will, with the base's packets around it. */
function decodeAround({ site, input, old }: SiteScope, splice: Splice, shift: number): Heard {
  const { first } = site.packets;
  const start = Math.max(first, splice.first - 4);
  const end = splice.first + splice.packets.length;
  const packets = [
    ...old.slice(start - first, splice.first - first).map(({ bytes }) => bytes),
    ...splice.packets,
    ...old
      .slice(Math.max(0, end - shift - first))
      .slice(0, 4)
      .map(({ bytes }) => bytes),
  ];
  return { start, planes: decodePackets(requireAudio(input), packets) };
}

/** The largest difference between what is heard and what was meant in the frames of the two joints. */
function jointError(
  { site }: SiteScope,
  changed: ChangedSound,
  splice: Splice,
  heard: Heard,
): number {
  const afterLast = splice.first + splice.packets.length;
  const heardFrames = (heard.planes[0]?.length ?? 0) / FRAME;
  let worst = 0;
  for (const frame of [splice.first, afterLast]) {
    if (frame <= heard.start || frame >= heard.start + heardFrames) continue;
    const at = (frame - heard.start) * FRAME;
    const wanted = (frame - site.planesStart) * FRAME;
    for (let i = 0; i < FRAME; i++) {
      const difference = (heard.planes[0]?.[at + i] ?? 0) - (changed.planes[0]?.[wanted + i] ?? 0);
      worst = Math.max(worst, Math.abs(difference));
    }
  }
  return worst;
}

/** The packets of a slot as the template has them. */
export function readOldPackets({ cells, packets }: SoundSite, reader: TemplateReader): OldPacket[] {
  return cells.flatMap((cell) => {
    const from = cell.first - packets.first;
    const sizes = packets.sizes.slice(from, from + cell.count);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const bytes = reader.read(cell.offset, total);
    let at = 0;
    return sizes.map((size) => {
      at += size;
      return { bytes: bytes.subarray(at - size, at), offset: cell.offset + at - size };
    });
  });
}
