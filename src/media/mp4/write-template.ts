import { AppError } from "../../domain/app-error.ts";
import { diskError } from "../../domain/disk-error.ts";
import { createTemplateWriter } from "../template-file.ts";
import { boxSize, writeBox } from "./box.ts";
import { fileOf, layOut, type TrackContents, unchangedTrack } from "./cells.ts";
import type { Movie, Track } from "./movie.ts";
import { writeSampleTable } from "./sample-table.ts";
import { type IndexRequest, prepareIndex, type TemplateIndex } from "./template-index.ts";

/** Bytes of a 64-bit mdat header. */
const MDAT_HEADER = 16;
const FREE_HEADER = 8;

export type TemplateLayout = Omit<IndexRequest, "movie"> & {
  /** Path of the file to write. */
  file: string;
  movie: Movie;
  /** By how many bytes the tables of these tracks may grow. */
  spare: { sound: number; picture: number };
};

export type WrittenTemplate = { sizeBytes: number; index: TemplateIndex };

/**
 * Writes a movie anew, its index in front, with cells for the samples that may differ; the places of
 * the cells are filled in.
 */
export async function writeTemplate(request: TemplateLayout): Promise<WrittenTemplate> {
  const { file, movie, sound, picture, spare } = request;
  const changed = new Map(
    [sound, ...(picture ? [picture.contents] : [])].map((one) => [one.track, one]),
  );
  const tracks = movie.tracks.map((track) => changed.get(track) ?? unchangedTrack(track));
  const layout = layOut(tracks, movie.file);
  const index = prepareIndex(request);

  const spareOf = (track: Track): number => {
    if (track === sound.track) return FREE_HEADER + spare.sound;
    return track === picture?.contents.track ? FREE_HEADER + spare.picture : 0;
  };
  // The index comes before the data whose offsets it holds; its own size depends only on whether
  // offsets need 64 bits, so a second pass settles it.
  let dataStart = 0;
  const runs = new Map<Track, Map<number, number>>();
  for (;;) {
    for (const { track, sizes, cells } of tracks) {
      const relative = layout.offsets.get(track) ?? new Float64Array();
      const offsets = relative.map((offset) => offset + dataStart);
      const chunkStarts = new Set(cells.flatMap(({ first, count }) => [first, first + count]));
      const places = { chunkStarts, spareBytes: spareOf(track) };
      runs.set(track, writeSampleTable(track.box, { sizes, offsets }, places));
    }
    const start = movie.ftyp.length + boxSize(movie.moov) + MDAT_HEADER;
    if (start === dataStart) break;
    dataStart = start;
  }
  for (const { cells } of tracks) for (const cell of cells) cell.offset += dataStart;

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
      if (stretch.kind === "copy") await writer.copy(stretch.file, stretch.from, stretch.length);
      else {
        const { first, count, capacity } = stretch.cell;
        const bytes = await readSamples(movie, stretch.contents, { first, count });
        await writer.write(bytes);
        await writer.write(Buffer.alloc(capacity - bytes.length));
      }
    }
    await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error instanceof AppError ? error : diskError(error, file);
  }
  const moovStart = movie.ftyp.length;
  const mediaDataBytes = layout.length + MDAT_HEADER;
  return {
    sizeBytes: writer.position(),
    index: index.locate({ moovStart, dataStart, mediaDataBytes, runs }),
  };
}

async function readSamples(
  movie: Movie,
  contents: TrackContents,
  { first, count }: { first: number; count: number },
): Promise<Buffer> {
  const samples: Buffer[] = [];
  for (let sample = first; sample < first + count; sample++) {
    const bytes = Buffer.alloc(contents.sizes[sample] ?? 0);
    const file = fileOf(contents, sample) ?? movie.file;
    await file.read(bytes, 0, bytes.length, contents.offsets[sample] ?? 0);
    samples.push(bytes);
  }
  return Buffer.concat(samples);
}
