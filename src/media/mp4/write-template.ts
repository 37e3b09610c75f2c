import { AppError } from "../../domain/app-error.ts";
import { diskError } from "../../domain/disk-error.ts";
import { createTemplateWriter } from "../template-file.ts";
import { boxSize, findBox, offsetOf, writeBox } from "./box.ts";
import { type Cell, layOut } from "./cells.ts";
import { type GrowthFields, prepareGrowth } from "./growth.ts";
import { type Movie, readSample, type Track } from "./movie.ts";
import { writeSampleTable } from "./sample-table.ts";

/** Bytes of a 64-bit mdat header. */
const MDAT_HEADER = 16;

export type TemplateLayout = {
  /** Path of the file to write. */
  file: string;
  movie: Movie;
  /** The track whose packets lie in `cells`; its sampling rate in Hz. */
  track: Track;
  sampleRate: number;
  /** Their places in the file are filled in. */
  cells: Cell[];
  growable: boolean;
};

export type WrittenTemplate = {
  sizeBytes: number;
  /** Offset of the size table's entry for the first packet of the first cell. */
  sizesOffset: number;
  growth: GrowthFields | null;
};

/** Writes a movie anew, its index in front, with cells for the packets that may differ. */
export async function writeTemplate(request: TemplateLayout): Promise<WrittenTemplate> {
  const { file, movie, track, cells, growable } = request;
  const original = new Map<number, Buffer>();
  for (const cell of cells) {
    for (let i = cell.first; i <= cell.last; i++)
      original.set(i, await readSample(movie, track, i));
  }
  const layout = layOut(movie, track, cells, growable);
  const chunkStarts = new Set(cells.flatMap((cell) => [cell.first, cell.last + 1]));
  const growth = growable ? prepareGrowth(movie, track, request.sampleRate) : null;

  // The index comes before the data whose offsets it holds; its own size depends only on whether
  // offsets need 64 bits, so a second pass settles it.
  let dataStart = 0;
  for (;;) {
    for (const one of movie.tracks) {
      const relative = layout.offsets.get(one) ?? new Float64Array();
      const offsets = relative.map((offset) => offset + dataStart);
      writeSampleTable(
        one.box,
        { sizes: one.samples.sizes, offsets },
        one === track ? { chunkStarts, spareBytes: growth?.spareBytes ?? 0 } : undefined,
      );
    }
    const start = movie.ftyp.length + boxSize(movie.moov) + MDAT_HEADER;
    if (start === dataStart) break;
    dataStart = start;
  }
  for (const cell of cells) cell.offset += dataStart;

  const moovStart = movie.ftyp.length;
  const sizesOffset = stszEntries(movie, track, moovStart) + 4 * (cells[0]?.first ?? 0);
  const writer = await createTemplateWriter(file);
  try {
    await writer.write(movie.ftyp);
    await writer.write(writeBox(movie.moov));
    const mdat = Buffer.alloc(MDAT_HEADER);
    mdat.writeUInt32BE(1, 0);
    mdat.write("mdat", 4, "latin1");
    mdat.writeBigUInt64BE(BigInt(layout.length + MDAT_HEADER), 8);
    await writer.write(mdat);
    for (const stretch of layout.stretches) {
      if (stretch.kind === "copy") await writer.copy(movie.file, stretch.from, stretch.length);
      else await writer.write(cellBytes(stretch.cell, original));
    }
    await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error instanceof AppError ? error : diskError(error, file);
  }
  return {
    sizeBytes: writer.position(),
    sizesOffset,
    growth: growth?.locate(moovStart, dataStart, layout.length + MDAT_HEADER) ?? null,
  };
}

function cellBytes(cell: Cell, packets: Map<number, Buffer>): Buffer {
  const bytes = Buffer.alloc(cell.capacity);
  let at = 0;
  for (let packet = cell.first; packet <= cell.last; packet++) {
    at += packets.get(packet)?.copy(bytes, at) ?? 0;
  }
  return bytes;
}

/** Offset in the file of the first entry of a track's stsz. */
function stszEntries(movie: Movie, track: Track, moovStart: number): number {
  const stsz = findBox(track.box, "mdia", "minf", "stbl", "stsz");
  if (!stsz) throw new Error("the sample table was not written");
  return offsetOf(movie.moov, stsz, moovStart) + 8 + 12;
}
