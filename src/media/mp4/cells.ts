import type { FileHandle } from "node:fs/promises";
import type { Track } from "./movie.ts";

/**
 * Room for samples that may differ between recipients: a chunk of its own at a fixed place with some
 * space to spare, so that new samples of other sizes move nothing else in the file.
 */
export type Cell = {
  /** Number of its first sample in the template's track, and how many it has there. */
  first: number;
  count: number;
  /** Bytes of the cell in the file. */
  capacity: number;
  /** At the end of the file, where it may take any room. */
  atEnd: boolean;
  /** Of the cell in the template file; set by the layout. */
  offset: number;
};

/** The samples of a template's track before they are put into its file. */
export type TrackContents = {
  track: Track;
  sizes: Uint32Array;
  /** Where each one's bytes are to be had, in its file. */
  offsets: Float64Array;
  /** Where it belongs among all others, as an offset in the base; never falling within a track. */
  places: Float64Array;
  /** Samples that are not in the base but in a file of their own. */
  added: { first: number; end: number; file: FileHandle }[];
  /** In the order of their samples, apart from each other. */
  cells: Cell[];
};

/** A track as it is in the base. */
export function unchangedTrack(track: Track): TrackContents {
  const { sizes, offsets } = track.samples;
  return { track, sizes, offsets, places: offsets, added: [], cells: [] };
}

/** One stretch of the template's media data, in file order. */
export type Stretch =
  | { kind: "copy"; file: FileHandle; from: number; length: number }
  | { kind: "cell"; cell: Cell; contents: TrackContents };

export type Layout = {
  stretches: Stretch[];
  /** Bytes of media data. */
  length: number;
  /** Offset of every sample of every track, from the start of the media data. */
  offsets: Map<Track, Float64Array>;
};

/**
 * Where everything goes in the template: all samples in the order of the base, except that those of a
 * cell move to the cell, which stands where its first sample belongs or at the end of the data.
 */
export function layOut(tracks: readonly TrackContents[], base: FileHandle): Layout {
  type Item = {
    at: number;
    length: number;
    cell: Cell | null;
    contents: TrackContents;
    sample: number;
  };
  const items: Item[] = [];
  for (const contents of tracks) {
    const { sizes, places } = contents;
    const cells = new Map(contents.cells.map((cell) => [cell.first, cell]));
    for (let sample = 0; sample < sizes.length; ) {
      const cell = cells.get(sample) ?? null;
      const at = cell?.atEnd ? Number.POSITIVE_INFINITY : (places[sample] ?? 0);
      const length = cell ? cell.capacity : (sizes[sample] ?? 0);
      items.push({ at, length, cell, contents, sample });
      sample += cell?.count ?? 1;
    }
  }
  items.sort((a, b) => (a.at === b.at ? 0 : a.at - b.at));

  const offsets = new Map(
    tracks.map(({ track, sizes }) => [track, new Float64Array(sizes.length)]),
  );
  const stretches: Stretch[] = [];
  let position = 0;
  for (const { cell, contents, sample, length } of items) {
    const placed = offsets.get(contents.track);
    if (cell) {
      cell.offset = position;
      let at = position;
      for (let one = cell.first; one < cell.first + cell.count; one++) {
        if (placed) placed[one] = at;
        at += contents.sizes[one] ?? 0;
      }
      stretches.push({ kind: "cell", cell, contents });
    } else {
      if (placed) placed[sample] = position;
      const file = fileOf(contents, sample) ?? base;
      const from = contents.offsets[sample] ?? 0;
      const last = stretches.at(-1);
      if (last?.kind === "copy" && last.file === file && last.from + last.length === from) {
        last.length += length;
      } else stretches.push({ kind: "copy", file, from, length });
    }
    position += length;
  }
  return { stretches, length: position, offsets };
}

/** The file that holds a sample; null for the base. */
export function fileOf({ added }: TrackContents, sample: number): FileHandle | null {
  return added.find(({ first, end }) => sample >= first && sample < end)?.file ?? null;
}
