import path from "node:path";
import type { Template } from "../domain/template.ts";
import type { CompileRequest } from "../ports/media-engine.ts";
import { FRAME } from "./aac/splice.ts";
import { type Cell, type TrackContents, unchangedTrack } from "./mp4/cells.ts";
import { disclose } from "./mp4/disclose.ts";
import { writeTemplate } from "./mp4/write-template.ts";
import { decodeRange, type Mp4Source, type SoundRange } from "./mp4-source.ts";
import type { StretchedPictures } from "./pictures/stretch-pictures.ts";
import { type Mp4Context, type SoundSite, saveContext } from "./template-context.ts";
import type { VoiceProfile } from "./voice-profile.ts";

/** Space for a packet, relative to the average of the bit rate. */
const PACKET_ALLOWANCE = 1.25;
/** Packets in the cell at the end of the file, where a sound grows; the others stay beside the picture. */
const PACKETS_AT_END = 8;

export const MP4_TEMPLATE_FILE = "template.mp4";

export type Mp4Parts = {
  source: Mp4Source;
  /** One for each slot, and by how many seconds its sound may become longer. */
  ranges: readonly SoundRange[];
  growth: readonly number[];
  profile: VoiceProfile;
  pictures: StretchedPictures | null;
  audio: Template["audio"];
  video: "base" | "encoded";
};

/** Writes the template file and what is needed to render from it. */
export async function buildMp4Template(
  request: CompileRequest,
  { source, ranges, growth, profile, pictures, audio, video }: Mp4Parts,
): Promise<Mp4Context> {
  const { track, encoder } = source;
  const sound = unchangedTrack(track);
  const packetsIn = (seconds: number) => Math.ceil((seconds * encoder.sampleRate) / FRAME);
  const sites: SoundSite[] = [];
  const planes: Float32Array[][] = [];
  for (const [slot, range] of ranges.entries()) {
    const decoded = await decodeRange(source, range);
    const grown = range.growth === "inside" ? packetsIn(growth[slot] ?? 0) : 0;
    const cells = planCells(sound, range, packetRoom(source) * grown, packetRoom(source));
    sound.cells.push(...cells);
    planes.push(decoded.planes);
    sites.push({
      packets: {
        first: range.first,
        last: range.last,
        sizes: [...sound.sizes.subarray(range.first, range.last + 1)],
      },
      windows: decoded.windows,
      cells,
      growth: range.growth,
      planesStart: decoded.planesStart,
      planesLength: decoded.planes[0]?.length ?? 0,
    });
  }
  disclose(source.movie.moov);
  const written = await writeTemplate({
    file: path.join(request.folder, MP4_TEMPLATE_FILE),
    movie: source.movie,
    sound,
    lastCells: sites.flatMap(({ cells }) => cells.slice(-1)),
    picture: pictures?.track ?? null,
    waits: ranges.map((range, slot) =>
      range.growth === "inside" ? (request.slots[slot]?.slot.end ?? null) : null,
    ),
    spare: {
      sound: growth.reduce((sum, seconds) => sum + 4 * packetsIn(seconds), 0),
      picture: pictures?.spareBytes ?? 0,
    },
  });
  const { tone, ...scalars } = profile;
  const context: Mp4Context = {
    kind: "mp4",
    sizeBytes: written.sizeBytes,
    mediaType: "video/mp4",
    sampleRate: encoder.sampleRate,
    channels: encoder.channels,
    bitRate: encoder.bitRate,
    origin: source.origin,
    end: source.end,
    packetCount: sound.sizes.length,
    sites,
    stretches: pictures?.cells ?? [],
    index: written.index,
    profile: scalars,
    audio,
    video,
  };
  await saveContext(request.folder, context, { planes, tone });
  return context;
}

/** Bytes that a new packet may take on average. */
function packetRoom({ encoder }: Mp4Source): number {
  return Math.ceil(((encoder.bitRate / 8) * FRAME * PACKET_ALLOWANCE) / encoder.sampleRate);
}

/** One cell for the packets of a slot; at the end of the sound another one for the last of them. */
function planCells(
  { sizes }: TrackContents,
  { first, last, growth }: SoundRange,
  growthBytes: number,
  packetBytes: number,
): Cell[] {
  const cellOf = (from: number, to: number, room: number, atEnd: boolean): Cell => {
    const present = sizes.subarray(from, to + 1).reduce((sum, size) => sum + size, 0);
    const capacity = Math.max(present, (to - from + 1) * packetBytes) + room;
    return { first: from, count: to - from + 1, capacity, atEnd, offset: 0 };
  };
  if (growth !== "end") return [cellOf(first, last, growthBytes, false)];
  const behind = Math.max(first, last + 1 - PACKETS_AT_END);
  const before = behind > first ? [cellOf(first, behind - 1, 0, false)] : [];
  return [...before, cellOf(behind, last, 0, true)];
}
