import type { Movie, Track } from "./movie.ts";

/**
 * Room for packets that may differ between recipients. Each cell is a chunk of its own at a fixed
 * place with some space to spare, so that new packets of other sizes move nothing else in the file.
 */
export type Cell = {
  /** Packet numbers of the track, `first` inclusive, `last` inclusive. */
  first: number;
  last: number;
  /** Bytes of the cell in the file. */
  capacity: number;
  /** Of the cell in the template file; set by the layout. */
  offset: number;
};

const PACKETS_PER_CELL = 8;

/** Cells for the packets `first..last` of a track, each with room for packets of `packetBytes`. */
export function planCells(track: Track, first: number, last: number, packetBytes: number): Cell[] {
  const cells: Cell[] = [];
  for (let from = first; from <= last; from += PACKETS_PER_CELL) {
    const to = Math.min(last, from + PACKETS_PER_CELL - 1);
    const present = track.samples.sizes.subarray(from, to + 1).reduce((sum, size) => sum + size, 0);
    const capacity = Math.max(present, (to - from + 1) * packetBytes);
    cells.push({ first: from, last: to, capacity, offset: 0 });
  }
  return cells;
}

/** One stretch of the template's media data, in file order. */
export type Stretch = { kind: "copy"; from: number; length: number } | { kind: "cell"; cell: Cell };

export type Layout = {
  stretches: Stretch[];
  /** Bytes of media data. */
  length: number;
  /** Offset of every sample of every track, from the start of the media data. */
  offsets: Map<Track, Float64Array>;
};

/**
 * Where everything of a movie goes in the template: all samples in the order of the base, except that
 * those of a cell move to the cell, which stands where its first packet stood. With `cellsLast` the
 * last cell is moved to the end of the data, where it may grow.
 */
export function layOut(movie: Movie, track: Track, cells: Cell[], cellsLast: boolean): Layout {
  const cellOf = new Map<number, Cell>();
  for (const cell of cells) {
    for (let packet = cell.first; packet <= cell.last; packet++) cellOf.set(packet, cell);
  }
  type Item = { at: number; length: number; cell: Cell | null; track: Track; sample: number };
  const items: Item[] = [];
  for (const one of movie.tracks) {
    const { offsets, sizes } = one.samples;
    for (let sample = 0; sample < sizes.length; sample++) {
      const cell = one === track ? (cellOf.get(sample) ?? null) : null;
      if (cell && sample !== cell.first) continue;
      const atEnd = cell && cellsLast && cell === cells.at(-1);
      items.push({
        at: atEnd ? Number.POSITIVE_INFINITY : (offsets[sample] ?? 0),
        length: cell ? cell.capacity : (sizes[sample] ?? 0),
        cell,
        track: one,
        sample,
      });
    }
  }
  items.sort((a, b) => a.at - b.at);

  const offsets = new Map(
    movie.tracks.map((one) => [one, new Float64Array(one.samples.sizes.length)]),
  );
  const stretches: Stretch[] = [];
  let position = 0;
  for (const item of items) {
    const places = offsets.get(item.track);
    if (item.cell) {
      item.cell.offset = position;
      let at = position;
      for (let packet = item.cell.first; packet <= item.cell.last; packet++) {
        if (places) places[packet] = at;
        at += track.samples.sizes[packet] ?? 0;
      }
      stretches.push({ kind: "cell", cell: item.cell });
    } else {
      if (places) places[item.sample] = position;
      const last = stretches.at(-1);
      if (last?.kind === "copy" && last.from + last.length === item.at) last.length += item.length;
      else stretches.push({ kind: "copy", from: item.at, length: item.length });
    }
    position += item.length;
  }
  return { stretches, length: position, offsets };
}
