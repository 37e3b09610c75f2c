import { type Box, boxSize, writeBox } from "../mp4/box.ts";
import { disclose } from "../mp4/disclose.ts";
import { fullBox, u32 } from "./box-fields.ts";
import type { Fragment } from "./fragment.ts";
import {
  fileType,
  MOVIE_TICKS,
  type MovieTracks,
  movieHeader,
  PICTURE_TICKS,
  pictureTrack,
  type Sample,
  type SampleTables,
  soundTrack,
} from "./tracks.ts";

const MDAT_HEADER = 8;
/** More would need 64-bit offsets. */
const MOST_BYTES = 2 ** 32 - 1;

/**
 * The samples of fragments as one MP4 with its index in front, marked as synthetic: each fragment's
 * media follows as it is, so nothing is encoded again.
 * @param fragments From the movie's beginning, without a gap.
 * @returns The file in pieces.
 * @throws RangeError beyond 4 GB.
 */
export function wholeMovie(tracks: MovieTracks, fragments: readonly Fragment[]): Uint8Array[] {
  const media = fragments.map(({ bytes, offset }) => bytes.subarray(offset));
  const mediaBytes = media.reduce((sum, { length }) => sum + length, 0);
  // Offsets are of a fixed width: the index is as long with the right ones as with any.
  const before = writeBox(fileType()).length + MDAT_HEADER;
  const mediaAt = before + boxSize(movieBox(tracks, fragments, 0));
  if (mediaAt + mediaBytes > MOST_BYTES) {
    throw new RangeError(`a movie of ${mediaBytes} bytes is too long: keep it below 4 GB`);
  }
  const head = [
    writeBox(fileType()),
    writeBox(movieBox(tracks, fragments, mediaAt)),
    u32(MDAT_HEADER + mediaBytes),
    Buffer.from("mdat", "latin1"),
  ];
  return [Buffer.concat(head), ...media];
}

function movieBox(tracks: MovieTracks, fragments: readonly Fragment[], mediaAt: number): Box {
  const { pictures, sounds } = tracks;
  let at = mediaAt;
  const chunks = fragments.map((fragment) => {
    const pictureAt = at;
    const soundAt = pictureAt + sizeOf(fragment.pictures);
    at = soundAt + sizeOf(fragment.sounds);
    return { fragment, pictureAt, soundAt };
  });
  const shown = tablesOf(
    chunks.map(({ fragment, pictureAt }) => ({ at: pictureAt, samples: fragment.pictures })),
  );
  const heard = tablesOf(
    chunks.map(({ fragment, soundAt }) => ({ at: soundAt, samples: fragment.sounds })),
  );
  const duration = Math.round((shown.duration * MOVIE_TICKS) / (pictures.fps * PICTURE_TICKS));
  const children = [
    movieHeader(duration),
    pictureTrack(pictures, shown),
    ...(sounds ? [soundTrack(sounds, heard)] : []),
  ];
  const moov = { type: "moov", children };
  disclose(moov);
  return moov;
}

type Chunk = { at: number; samples: Sample[] };

function tablesOf(all: readonly Chunk[]): SampleTables {
  const chunks = all.filter(({ samples }) => samples.length > 0);
  const samples = chunks.flatMap((chunk) => chunk.samples);
  const duration = samples.reduce((sum, sample) => sum + sample.duration, 0);
  const times = runsOf(samples.map((sample) => sample.duration));
  const keys = samples.flatMap(({ key }, index) => (key ? [index + 1] : []));
  const sizes = samples.map(({ size }) => size);
  const counts = chunks.map((chunk) => chunk.samples.length);
  const perChunk: number[] = [];
  for (const [index, count] of counts.entries()) {
    if (count !== counts[index - 1]) perChunk.push(index + 1, count, 1);
  }
  const offsets = chunks.map(({ at }) => at);
  const tables = [
    fullBox("stts", {}, u32(times.length, ...times.flat())),
    ...(keys.length < samples.length ? [fullBox("stss", {}, u32(keys.length, ...keys))] : []),
    fullBox("stsc", {}, u32(perChunk.length / 3, ...perChunk)),
    fullBox("stsz", {}, u32(0, sizes.length, ...sizes)),
    fullBox("stco", {}, u32(offsets.length, ...offsets)),
  ];
  return { tables, duration };
}

/** How often each value stands in a row, and the value. */
function runsOf(values: readonly number[]): [count: number, value: number][] {
  const runs: [number, number][] = [];
  for (const value of values) {
    const last = runs.at(-1);
    if (last?.[1] === value) last[0]++;
    else runs.push([1, value]);
  }
  return runs;
}

function sizeOf(samples: readonly Sample[]): number {
  return samples.reduce((sum, { size }) => sum + size, 0);
}
