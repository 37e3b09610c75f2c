import { type Box, boxSize, findBox, offsetOf } from "./box.ts";
import type { Movie, Track } from "./movie.ts";
import {
  type DurationRun,
  type Field,
  fieldBytes,
  readDurations,
  readField,
  readMovieHeader,
  writeDurations,
} from "./movie-times.ts";

/** The sound may become this much longer than the base, seconds. */
const MAX_GROWTH_SECONDS = 60;
const FRAME = 1024;

/** A number at a fixed place of the template file. */
export type PlacedField = { offset: number; bytes: 4 | 8; value: number };

/** Everything that changes in a template's index when its sound becomes longer. */
export type GrowthFields = {
  /** Most packets that may be added. */
  maxPackets: number;
  /** Size of the box of packet sizes: it grows by 4 bytes a packet. */
  tableSize: PlacedField;
  /** Number of packets in the size table; the table ends where the spare box begins. */
  packetCount: PlacedField;
  /** Bytes of the free box behind the table that gives way to it. */
  spareBytes: number;
  /** Packets in the last chunk. */
  lastChunk: PlacedField;
  /** Of the audio track's durations: all packets but the last, and the last one's length. */
  evenPackets: PlacedField;
  lastPacketLength: PlacedField;
  /** The media data box's size. */
  mediaData: PlacedField;
  movieTimescale: number;
  movieDuration: PlacedField;
  audio: TrackFields;
  /** They hold their last picture until the sound is over. */
  pictures: (TrackFields & { lastSample: PlacedField | null })[];
};

export type TrackFields = {
  timescale: number;
  mediaDuration: PlacedField;
  trackDuration: PlacedField;
  editDuration: PlacedField | null;
};

/**
 * Prepares a movie's index for a sound that grows at its end. The audio track's size table is to be
 * written with a spare box behind it inside the track's own boxes, so that no other box changes its
 * size or place: players take the first of several sound tracks.
 */
export function prepareGrowth(movie: Movie, track: Track, sampleRate: number) {
  const maxPackets = Math.ceil((MAX_GROWTH_SECONDS * sampleRate) / FRAME);
  const header = readMovieHeader(movie.moov);
  if (!header) throw new Error("the movie header was read before");
  const count = track.samples.sizes.length;
  const last = readDurations(track.box)?.at(-1)?.delta ?? FRAME;
  const runs: DurationRun[] = [
    { count: count - 1, delta: FRAME },
    { count: 1, delta: last },
  ];
  writeDurations(track.box, runs);
  const pictures = movie.tracks.filter(({ handler }) => handler === "vide");
  for (const { box } of pictures) writeDurations(box, readDurations(box) ?? []);
  const spareBytes = 8 + 4 * maxPackets;
  return {
    spareBytes,
    /** Where everything came to lie, once the tables are written. */
    locate: (moovStart: number, dataStart: number, mediaDataBytes: number): GrowthFields => {
      const at = (box: Box) => offsetOf(movie.moov, box, moovStart);
      const place = ({ box, at: inside, bytes }: Field): PlacedField => ({
        offset: at(box) + 8 + inside,
        bytes,
        value: readField({ box, at: inside, bytes }),
      });
      const placeTrack = ({ times }: Track): TrackFields => ({
        timescale: times.timescale,
        mediaDuration: place(times.mediaDuration),
        trackDuration: place(times.trackDuration),
        editDuration: times.editDuration && place(times.editDuration),
      });
      const path = ["mdia", "minf", "stbl"];
      const stsz = requireBox(track.box, ...path, "stsz");
      const stsc = requireBox(track.box, ...path, "stsc");
      const stts = requireBox(track.box, ...path, "stts");
      const lastRun = "data" in stsc ? stsc.data.length - 12 : 0;
      return {
        maxPackets,
        tableSize: { offset: at(stsz), bytes: 4, value: boxSize(stsz) },
        packetCount: place({ box: stsz, at: 8, bytes: 4 }),
        spareBytes,
        lastChunk: place({ box: stsc, at: lastRun + 4, bytes: 4 }),
        evenPackets: place({ box: stts, at: 8, bytes: 4 }),
        lastPacketLength: place({ box: stts, at: 20, bytes: 4 }),
        mediaData: { offset: dataStart - 8, bytes: 8, value: mediaDataBytes },
        movieTimescale: movie.timescale,
        movieDuration: place(header.duration),
        audio: placeTrack(track),
        pictures: pictures.map((one) => ({
          ...placeTrack(one),
          lastSample: placeLastSample(one, place),
        })),
      };
    },
  };
}

function placeLastSample(track: Track, place: (field: Field) => PlacedField): PlacedField | null {
  const stts = findBox(track.box, "mdia", "minf", "stbl", "stts");
  if (!stts || !("data" in stts) || stts.data.length < 16) return null;
  return place({ box: stts, at: stts.data.length - 4, bytes: 4 });
}

function requireBox(root: Box, ...path: string[]): Box {
  const box = findBox(root, ...path);
  if (!box) throw new Error(`the index has no ${path.join("/")}`);
  return box;
}

export type GrowthPatch = { offset: number; bytes: Buffer };

/**
 * The changes of an index whose sound has `packets` more packets and is over at `end` samples of the
 * timeline; `lastLength` is how many samples of the last packet are heard, `size` the new file's.
 */
export function growthPatches(
  fields: GrowthFields,
  growth: {
    packets: number;
    end: number;
    lastLength: number;
    /** Samples of the media, all packets together. */
    mediaSamples: number;
    sampleRate: number;
    /** Bytes the media data grows by; may be negative. */
    mediaDataBytes: number;
  },
): GrowthPatch[] {
  const { movieTimescale } = fields;
  const patches: GrowthPatch[] = [];
  const set = ({ offset, bytes }: PlacedField, value: number): void => {
    patches.push({ offset, bytes: fieldBytes(bytes, value) });
  };
  set(fields.tableSize, fields.tableSize.value + 4 * growth.packets);
  set(fields.packetCount, fields.packetCount.value + growth.packets);
  set(fields.lastChunk, fields.lastChunk.value + growth.packets);
  set(fields.evenPackets, fields.packetCount.value + growth.packets - 1);
  set(fields.lastPacketLength, growth.lastLength);
  set(fields.mediaData, fields.mediaData.value + growth.mediaDataBytes);

  const end = Math.ceil((growth.end / growth.sampleRate) * movieTimescale);
  const { audio } = fields;
  set(audio.mediaDuration, growth.mediaSamples);
  const longer = end - audio.trackDuration.value;
  set(audio.trackDuration, end);
  if (audio.editDuration) set(audio.editDuration, audio.editDuration.value + longer);
  for (const other of fields.pictures) {
    const held = end - other.trackDuration.value;
    if (held <= 0 || !other.lastSample) continue;
    const ticks = Math.round((held / movieTimescale) * other.timescale);
    set(other.trackDuration, end);
    set(other.mediaDuration, other.mediaDuration.value + ticks);
    set(other.lastSample, other.lastSample.value + ticks);
    if (other.editDuration) set(other.editDuration, other.editDuration.value + held);
  }
  set(fields.movieDuration, Math.max(fields.movieDuration.value, end));
  return patches;
}
