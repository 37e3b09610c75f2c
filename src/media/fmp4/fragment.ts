import { type Box, boxSize, writeBox } from "../mp4/box.ts";
import { fullBox, u32, u64 } from "./box-fields.ts";
import { PICTURE_ID, type Sample, SOUND_ID } from "./tracks.ts";

/** Samples of one track that follow each other. */
export type Run = {
  /** Of the first one, in the track's ticks. */
  time: number;
  samples: { data: Uint8Array; duration: number; key: boolean }[];
};

/** One `moof` and its `mdat`. */
export type Fragment = {
  bytes: Buffer;
  /** Where in `bytes` the media begins: all pictures, then all packets of sound. */
  offset: number;
  pictures: Sample[];
  sounds: Sample[];
};

/** Offsets count from the moof itself (ISO/IEC 14496-12, 8.8.7). */
const BASE_IS_MOOF = 0x02_0000;
/** The offset of the run's bytes; duration, size and flags of every sample (8.8.8). */
const RUN_FLAGS = 0x701;
/** Depends on no other; on others, and playing cannot begin here (8.8.3.1). */
const KEY = 0x0200_0000;
const NOT_KEY = 0x0101_0000;
const MDAT_HEADER = 8;

/**
 * Writes a fragment.
 * @param options.sequence Counts fragments from 1.
 * @param options.pictures In the units of MP4, each NAL unit behind its length. A track without samples is left out.
 */
export function writeFragment({
  sequence,
  pictures,
  sounds,
}: {
  sequence: number;
  pictures: Run;
  sounds: Run;
}): Fragment {
  const pictureBytes = pictures.samples.reduce((sum, { data }) => sum + data.length, 0);
  const moofOf = (mediaAt: number): Box => ({
    type: "moof",
    children: [
      fullBox("mfhd", {}, u32(sequence)),
      ...trackFragment(PICTURE_ID, pictures, mediaAt),
      ...trackFragment(SOUND_ID, sounds, mediaAt + pictureBytes),
    ],
  });
  const offset = boxSize(moofOf(0)) + MDAT_HEADER;
  const media = [...pictures.samples, ...sounds.samples].map(({ data }) => data);
  const mdat: Box = { type: "mdat", data: Buffer.concat(media) };
  return {
    bytes: Buffer.concat([writeBox(moofOf(offset)), writeBox(mdat)]),
    offset,
    pictures: pictures.samples.map(described),
    sounds: sounds.samples.map(described),
  };
}

function trackFragment(id: number, { time, samples }: Run, mediaAt: number): Box[] {
  if (samples.length === 0) return [];
  const rows = samples.flatMap(({ data, duration, key }) => [
    ...[duration, data.length],
    key ? KEY : NOT_KEY,
  ]);
  const children = [
    fullBox("tfhd", { flags: BASE_IS_MOOF }, u32(id)),
    fullBox("tfdt", { version: 1 }, u64(time)),
    fullBox("trun", { flags: RUN_FLAGS }, u32(samples.length, mediaAt, ...rows)),
  ];
  // The parser of files knows no traf, the writer takes any children.
  return [{ type: "traf", children }];
}

function described({ data, duration, key }: Run["samples"][number]): Sample {
  return { size: data.length, duration, key };
}
