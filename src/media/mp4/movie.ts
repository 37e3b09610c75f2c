import type { FileHandle } from "node:fs/promises";
import { AppError } from "../../domain/app-error.ts";
import {
  type Box,
  type BoxLocation,
  childrenOf,
  findBox,
  findData,
  listBoxes,
  openFile,
  readMovieBox,
} from "./box.ts";
import { readMovieHeader, readTrackTimes, type TrackTimes } from "./movie-times.ts";
import { readSampleTable, type SampleTable } from "./sample-table.ts";

/** An MP4 or MOV file whose index can be rewritten box by box. */
export type Movie = {
  file: FileHandle;
  /** The file type box, header included; empty where there is none. */
  ftyp: Buffer;
  moov: { type: string; children: Box[] };
  /** Ticks a second of the movie header. */
  timescale: number;
  tracks: Track[];
  close(): Promise<void>;
};

export type Track = {
  box: Box;
  /** `vide`, `soun` or another handler. */
  handler: string;
  times: TrackTimes;
  samples: SampleTable;
};

/**
 * Opens a movie for rewriting.
 * @returns why it cannot be rewritten, when it is a sound file whose boxes are not simple enough
 * (fragments, several edits, data in other files, samples that share bytes).
 * @throws AppError MEDIA_UNREADABLE for a damaged or truncated file.
 */
export async function openMovie(path: string, name: string): Promise<Movie | string> {
  const file = await openFile(path);
  const movie = await readMovie(file, name).catch(async (error: unknown) => {
    await file.close();
    if (error instanceof AppError && error.code === "MEDIA_UNSUPPORTED") return error.message;
    throw error;
  });
  if (typeof movie === "string") await file.close().catch(() => {});
  return movie;
}

async function readMovie(file: FileHandle, name: string): Promise<Movie | string> {
  const boxes = await listBoxes(file, name);
  const moov = await readMovieBox(file, boxes, name);
  if (!moov) return "it has no movie box";
  if (boxes.some((box) => box.type === "moof") || findBox(moov, "mvex")) return "it is fragmented";
  const header = readMovieHeader(moov);
  if (!header) return "its movie header cannot be read";
  const { size: fileSize } = await file.stat();
  const tracks: Track[] = [];
  for (const box of childrenOf(moov, "trak")) {
    const track = readTrack(box, header.timescale);
    if (typeof track === "string") return track;
    requireInside(track.samples, fileSize, name);
    tracks.push(track);
  }
  if (samplesOverlap(tracks)) return "its samples share bytes";
  return {
    file,
    ftyp: await readFileType(file, boxes),
    moov,
    timescale: header.timescale,
    tracks,
    close: () => file.close(),
  };
}

function readTrack(box: Box, movieTimescale: number): Track | string {
  const handler = findData(box, "mdia", "hdlr")?.toString("latin1", 8, 12) ?? "";
  const times = readTrackTimes(box, movieTimescale);
  if (!times) return `its ${handler} track has several edits or none that can be read`;
  const stsd = findData(box, "mdia", "minf", "stbl", "stsd");
  if (!stsd || stsd.length < 8 || stsd.readUInt32BE(4) !== 1) {
    return `its ${handler} track has several sample descriptions`;
  }
  const dref = findData(box, "mdia", "minf", "dinf");
  // dinf is kept as bytes: dref, one entry, flag 1 = the data is in this file.
  if (dref && dref.length >= 28 && (dref[27] ?? 1) % 2 !== 1) return "its data lies in other files";
  return { box, handler, times, samples: readSampleTable(box) };
}

function requireInside({ offsets, sizes }: SampleTable, fileSize: number, name: string): void {
  for (let i = 0; i < sizes.length; i++) {
    if ((offsets[i] ?? 0) + (sizes[i] ?? 0) <= fileSize) continue;
    throw new AppError(
      "MEDIA_UNREADABLE",
      `${name} is truncated: its index points beyond its end; copy or export it again`,
    );
  }
}

function samplesOverlap(tracks: Track[]): boolean {
  const ranges = tracks
    .flatMap(({ samples }) => chunkRanges(samples))
    .sort((a, b) => a.start - b.start);
  return ranges.some((range, i) => range.start < (ranges[i - 1]?.end ?? 0));
}

/** Runs of samples that follow each other, as byte ranges. */
function chunkRanges({ offsets, sizes }: SampleTable): { start: number; end: number }[] {
  const ranges: { start: number; end: number }[] = [];
  for (let i = 0; i < sizes.length; i++) {
    const start = offsets[i] ?? 0;
    const end = start + (sizes[i] ?? 0);
    const last = ranges.at(-1);
    if (last && last.end === start) last.end = end;
    else ranges.push({ start, end });
  }
  return ranges;
}

async function readFileType(file: FileHandle, boxes: BoxLocation[]): Promise<Buffer> {
  const location = boxes.find((box) => box.type === "ftyp");
  if (!location || location.size > 4096) return Buffer.alloc(0);
  const bytes = Buffer.alloc(location.size);
  await file.read(bytes, 0, location.size, location.offset);
  return bytes;
}

/** The bytes of one sample of a track. */
export async function readSample(movie: Movie, track: Track, sample: number): Promise<Buffer> {
  const bytes = Buffer.alloc(track.samples.sizes[sample] ?? 0);
  await movie.file.read(bytes, 0, bytes.length, track.samples.offsets[sample] ?? 0);
  return bytes;
}
