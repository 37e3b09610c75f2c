import { type Box, findBox, offsetOf } from "./box.ts";
import type { Cell, TrackContents } from "./cells.ts";
import type { Movie, Track } from "./movie.ts";
import {
  type DurationRun,
  type Field,
  readDurations,
  readField,
  readMovieHeader,
  writeDurations,
} from "./movie-times.ts";
import {
  type PictureTimes,
  readKeySamples,
  type TableRange,
  writeKeySamples,
  writePictureTimes,
} from "./picture-times.ts";
import { locateTables, type Tables } from "./tables.ts";

/** A number at a fixed place of the template file. */
export type PlacedField = { offset: number; bytes: 4 | 8; value: number };

/** How long a track lasts. */
export type TrackClock = {
  timescale: number;
  mediaDuration: PlacedField;
  trackDuration: PlacedField;
  editDuration: PlacedField | null;
};

/** What may change in a template's index. */
export type TemplateIndex = {
  movieTimescale: number;
  movieDuration: PlacedField;
  /** The media data box's size. */
  mediaData: PlacedField;
  sound: TrackClock & {
    tables: Tables;
    packetCount: number;
    /** Of the durations: all packets but the last, and the last one's length. */
    evenPackets: PlacedField;
    lastPacketLength: PlacedField;
    /** For each slot: packets in the chunk of its last cell. */
    chunks: PlacedField[];
  };
  /** The track whose pictures may be replaced. */
  picture:
    | (TrackClock & { tables: Tables; stretches: StretchIndex[]; last: LastRun | null })
    | null;
  /** For each slot the sample that is on show there, and the last one: they last longer when the sound does. */
  others: (TrackClock & {
    picture: boolean;
    holds: (PlacedField | null)[];
    last: PlacedField | null;
  })[];
};

export type StretchIndex = {
  slot: number;
  /** First sample in the template's track, and how many it has there. */
  first: number;
  count: number;
  /** Ticks at which its first picture is shown, and its last one is over. */
  start: number;
  end: number;
  /** Ticks by which the last picture's duration, as counted from decoding, is longer than it is shown. */
  overlap: number;
  /** Ticks from the decoding of a picture until it is shown. */
  lead: number;
  /** Its entries in the tables; `delays` is null where no picture is shown later than decoded. */
  durations: TableRange;
  delays: TableRange | null;
  keys: TableRange;
  /** Samples in the chunk of its cell. */
  chunk: PlacedField;
};

/** The last entry of the durations, where no stretch ends. */
type LastRun = { entry: number; count: number; delta: number };

export type StretchedTrack = {
  contents: TrackContents;
  times: PictureTimes;
  keys: readonly number[];
  /** In order; `first` and `count` are samples of the template. */
  stretches: { slot: number; first: number; count: number; start: number; end: number }[];
};

export type IndexRequest = {
  movie: Movie;
  sound: TrackContents;
  /** For each slot, of its sound: the cell that grows. */
  lastCells: Cell[];
  picture: StretchedTrack | null;
  /** Moments of the timeline, seconds, for each slot, at which other tracks wait; null where none do. */
  waits: (number | null)[];
};

/**
 * Writes the tables of time of a template so that what a recipient changes has entries of its own.
 * Where everything comes to lie is known once the sample tables are written: `locate` tells it.
 */
export function prepareIndex(request: IndexRequest) {
  const { movie, sound, picture, waits } = request;
  const header = readMovieHeader(movie.moov);
  if (!header) throw new Error("the movie header was read before");
  const packetCount = sound.sizes.length;
  const lastLength = readDurations(sound.track.box)?.at(-1)?.delta ?? 0;
  const even = readDurations(sound.track.box)?.[0]?.delta ?? lastLength;
  const soundRuns: DurationRun[] = [
    { count: packetCount - 1, delta: even },
    { count: 1, delta: lastLength },
  ];
  writeDurations(sound.track.box, soundRuns);
  const written = picture && writeStretched(picture);
  const others = movie.tracks
    .filter((track) => track !== sound.track && track !== picture?.contents.track)
    .map((track) => ({ track, waiting: splitAt(track, waits) }));

  return {
    locate(layout: {
      moovStart: number;
      dataStart: number;
      mediaDataBytes: number;
      /** For each track the run in stsc of each cell's chunk. */
      runs: Map<Track, Map<number, number>>;
    }): TemplateIndex {
      const at = (box: Box) => offsetOf(movie.moov, box, layout.moovStart);
      const place = (field: Field): PlacedField => ({
        offset: at(field.box) + 8 + field.at,
        bytes: field.bytes,
        value: readField(field),
      });
      const clockOf = ({ times }: Track): TrackClock => ({
        timescale: times.timescale,
        mediaDuration: place(times.mediaDuration),
        trackDuration: place(times.trackDuration),
        editDuration: times.editDuration && place(times.editDuration),
      });
      const chunkOf = (track: Track, cell: Cell): PlacedField => {
        const run = layout.runs.get(track)?.get(cell.first) ?? 0;
        return place({ box: tableBox(track, "stsc"), at: 8 + 12 * run + 4, bytes: 4 });
      };
      const tablesOf = (track: Track): Tables => {
        const tables = locateTables(track.box, at);
        if (!tables) throw new Error("the sample table was written with spare space");
        return tables;
      };
      const durationAt = (track: Track, entry: number, field: "count" | "delta") =>
        place({
          box: tableBox(track, "stts"),
          at: 8 + 8 * entry + (field === "count" ? 0 : 4),
          bytes: 4,
        });
      const lastEntry = (track: Track) => (readDurations(track.box)?.length ?? 1) - 1;
      return {
        movieTimescale: movie.timescale,
        movieDuration: place(header.duration),
        mediaData: { offset: layout.dataStart - 8, bytes: 8, value: layout.mediaDataBytes },
        sound: {
          ...clockOf(sound.track),
          tables: tablesOf(sound.track),
          packetCount,
          evenPackets: durationAt(sound.track, 0, "count"),
          lastPacketLength: durationAt(sound.track, 1, "delta"),
          chunks: request.lastCells.map((cell) => chunkOf(sound.track, cell)),
        },
        picture: picture &&
          written && {
            ...clockOf(picture.contents.track),
            tables: tablesOf(picture.contents.track),
            stretches: written.stretches.map((stretch, i) => ({
              ...stretch,
              chunk: chunkOf(picture.contents.track, cellAt(picture, i)),
            })),
            last: written.last,
          },
        others: others.map(({ track, waiting }) => ({
          ...clockOf(track),
          picture: track.handler === "vide",
          holds: waiting.map((entry) =>
            entry === null ? null : durationAt(track, entry, "delta"),
          ),
          last: readDurations(track.box)?.length
            ? durationAt(track, lastEntry(track), "delta")
            : null,
        })),
      };
    },
  };
}

function cellAt({ contents }: StretchedTrack, stretch: number): Cell {
  const cell = contents.cells[stretch];
  if (!cell) throw new Error("every stretch has a cell");
  return cell;
}

function writeStretched({ contents, times, keys, stretches }: StretchedTrack) {
  const { box } = contents.track;
  dropTables(box);
  const parts = stretches.map(({ first, count }) => ({ first, end: first + count }));
  const written = writePictureTimes(box, times, parts);
  writeKeySamples(box, keys);
  const found = readKeySamples(box) ?? [];
  const runs = readDurations(box) ?? [];
  const lastRun = runs.at(-1);
  const endsWithStretch = parts.at(-1)?.end === times.dts.length;
  return {
    stretches: stretches.map((stretch, i): Omit<StretchIndex, "chunk"> => {
      const { first, count, end } = stretch;
      const firstKey = found.findIndex((key) => key >= first);
      const keysInside = found.filter((key) => key >= first && key < first + count).length;
      const last = first + count - 1;
      const [decoded = 0, shown = 0] = [times.dts[last], times.pts[last]];
      const lasts = (times.dts[last + 1] ?? times.end) - decoded;
      return {
        ...stretch,
        overlap: lasts - (end - shown),
        lead: shown - decoded,
        durations: written.durations[i] ?? { first: 0, count: 0 },
        delays: written.delays?.[i] ?? null,
        keys: { first: firstKey, count: keysInside },
      };
    }),
    last: lastRun && !endsWithStretch ? { entry: runs.length - 1, ...lastRun } : null,
  };
}

/** Tables that say something of single samples, which would be said of others. */
const KEPT_TABLES = ["stsd", "stts", "ctts", "stss", "stsc", "stsz", "stco", "co64"];

function dropTables(trak: Box): void {
  const stbl = findBox(trak, "mdia", "minf", "stbl");
  if (!stbl || !("children" in stbl)) return;
  stbl.children = stbl.children.filter(({ type }) => KEPT_TABLES.includes(type));
}

function tableBox({ box }: Track, type: string): Box {
  const found = findBox(box, "mdia", "minf", "stbl", type);
  if (!found) throw new Error(`the index has no ${type}`);
  return found;
}

/** Gives the samples on show at moments, and the last one, entries of their own among the durations. */
function splitAt(track: Track, moments: readonly (number | null)[]): (number | null)[] {
  const runs = readDurations(track.box) ?? [];
  const { timescale, delay, mediaStart } = track.times;
  const total = runs.reduce((sum, { count, delta }) => sum + count * delta, 0);
  const wanted = moments.map((moment) => {
    const tick = moment === null ? -1 : (moment - delay) * timescale + mediaStart;
    return tick < 0 || tick >= total ? null : tick;
  });
  const split: DurationRun[] = [];
  const entries: (number | null)[] = wanted.map(() => null);
  let start = 0;
  for (const { count, delta } of runs) {
    const singles = new Map<number, number[]>();
    wanted.forEach((tick, slot) => {
      if (tick === null || tick < start || tick >= start + count * delta) return;
      const sample = Math.min(count - 1, Math.floor((tick - start) / delta));
      singles.set(sample, [...(singles.get(sample) ?? []), slot]);
    });
    let done = 0;
    for (const sample of [...singles.keys()].sort((a, b) => a - b)) {
      if (sample > done) split.push({ count: sample - done, delta });
      for (const slot of singles.get(sample) ?? []) entries[slot] = split.length;
      split.push({ count: 1, delta });
      done = sample + 1;
    }
    if (count > done) split.push({ count: count - done, delta });
    start += count * delta;
  }
  writeDurations(track.box, split);
  return entries;
}
