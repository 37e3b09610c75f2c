import { type Box, writeBox } from "../mp4/box.ts";
import { fullBox, u8, u16, u32 } from "./box-fields.ts";

/** H.264 of one picture size without B-frames: pictures are decoded as they are shown. */
export type PictureTrack = {
  /** Pixels. */
  width: number;
  height: number;
  /** Frames a second. */
  fps: number;
  /** Parameter sets as NAL units, without start codes. */
  sps: Uint8Array;
  pps: Uint8Array;
};

/** AAC-LC, mono. */
export type SoundTrack = {
  /** Hz. */
  sampleRate: number;
  /** AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). */
  config: Uint8Array;
};

export type MovieTracks = { pictures: PictureTrack; sounds?: SoundTrack };

/** A picture or a packet of sound: bytes, its track's ticks, and whether it needs no other. */
export type Sample = { size: number; duration: number; key: boolean };

export const PICTURE_ID = 1;
export const SOUND_ID = 2;
/** Ticks of one picture, whatever the frame rate: `fps` times as many are a second. */
export const PICTURE_TICKS = 512;
/** Samples in a packet of AAC; the track's ticks are samples. */
export const SOUND_TICKS = 1024;
/** Ticks a second of the movie itself. */
export const MOVIE_TICKS = 1000;

/** What browsers are told to decode, after RFC 6381 and ISO/IEC 14496-15, annex E. */
export function mimeTypeOf({ pictures, sounds }: MovieTracks): string {
  const profile = Buffer.from(pictures.sps.subarray(1, 4)).toString("hex").toUpperCase();
  return `video/mp4; codecs="avc1.${profile}${sounds ? ",mp4a.40.2" : ""}"`;
}

/** Brands of a movie, and of fragments that follow one (ISO/IEC 14496-12, 4.3). */
export function fileType(): Box {
  return { type: "ftyp", data: Buffer.from("isom\0\0\x02\0isomiso5iso6avc1mp41", "latin1") };
}

/** @param duration In {@link MOVIE_TICKS}; 0 for a movie of fragments. */
export function movieHeader(duration: number): Box {
  const next = SOUND_ID + 1;
  const times = u32(0, 0, MOVIE_TICKS, duration);
  const volume = Buffer.concat([u32(0x0001_0000), u16(0x0100, 0), u32(0, 0)]);
  return fullBox("mvhd", {}, times, volume, MATRIX, Buffer.alloc(24), u32(next));
}

/** Sample tables of a track (ISO/IEC 14496-12, 8.6 and 8.7), behind `stsd`; empty ones for fragments. */
export type SampleTables = { tables: Box[]; duration: number };

export const NO_SAMPLES: SampleTables = {
  duration: 0,
  tables: [
    fullBox("stts", {}, u32(0)),
    fullBox("stsc", {}, u32(0)),
    fullBox("stsz", {}, u32(0, 0)),
    fullBox("stco", {}, u32(0)),
  ],
};

/** @param samples `duration`: of the track, in its ticks. */
export function pictureTrack(track: PictureTrack, samples: SampleTables): Box {
  const { width, height, fps } = track;
  return trackBox({
    id: PICTURE_ID,
    timescale: fps * PICTURE_TICKS,
    handler: "vide",
    header: fullBox("vmhd", { flags: 1 }, u32(0, 0)),
    entry: avcEntry(track),
    size: { width, height },
    volume: 0,
    samples,
  });
}

export function soundTrack(track: SoundTrack, samples: SampleTables): Box {
  return trackBox({
    id: SOUND_ID,
    timescale: track.sampleRate,
    handler: "soun",
    header: fullBox("smhd", {}, u32(0)),
    entry: aacEntry(track),
    size: { width: 0, height: 0 },
    volume: 0x0100,
    samples,
  });
}

const MATRIX = u32(0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000);
/** `und`, in three times five bits. */
const LANGUAGE = 0x55c4;
/** The track is enabled and part of what is played. */
const TRACK_FLAGS = 3;

function trackBox(track: {
  id: number;
  timescale: number;
  handler: string;
  header: Box;
  entry: Box;
  size: { width: number; height: number };
  volume: number;
  samples: SampleTables;
}): Box {
  const { id, timescale, handler, header, entry, size, volume, samples } = track;
  const shown = Math.round((samples.duration * MOVIE_TICKS) / timescale);
  const places = Buffer.concat([u32(0, 0), u16(0, 0, volume, 0)]);
  const sides = u32(size.width * 0x1_0000, size.height * 0x1_0000);
  const name = Buffer.from(`${handler}\0\0\0\0\0\0\0\0\0\0\0\0\0`, "latin1");
  const here = fullBox("url ", { flags: 1 });
  const stsd = fullBox("stsd", {}, u32(1), writeBox(entry));
  const children = [
    fullBox("tkhd", { flags: TRACK_FLAGS }, u32(0, 0, id, 0, shown), places, MATRIX, sides),
    {
      type: "mdia",
      children: [
        fullBox("mdhd", {}, u32(0, 0, timescale, samples.duration), u16(LANGUAGE, 0)),
        fullBox("hdlr", {}, u32(0), name),
        {
          type: "minf",
          children: [
            header,
            { type: "dinf", children: [fullBox("dref", {}, u32(1), writeBox(here))] },
            { type: "stbl", children: [stsd, ...samples.tables] },
          ],
        },
      ],
    },
  ];
  return { type: "trak", children };
}

/** Of a sample entry: reserved, then the one data reference (ISO/IEC 14496-12, 8.5.2). */
const ENTRY = Buffer.concat([Buffer.alloc(6), u16(1)]);

/** ISO/IEC 14496-15, 5.3.3.1 and 5.4.2.1; baseline and main need no more than the sets. */
function avcEntry({ width, height, sps, pps }: PictureTrack): Box {
  const resolution = 72 * 0x1_0000;
  const picture = Buffer.concat([
    Buffer.alloc(16),
    u16(width, height),
    u32(resolution, resolution, 0),
    u16(1),
    Buffer.alloc(32),
    u16(24, 0xffff),
  ]);
  const profile = [...sps.subarray(1, 4)];
  const sets = [u8(0xff, 0xe1), u16(sps.length), sps, u8(1), u16(pps.length), pps];
  const avcC = { type: "avcC", data: Buffer.concat([u8(1, ...profile), ...sets]) };
  return { type: "avc1", data: Buffer.concat([ENTRY, picture, writeBox(avcC)]) };
}

/** ISO/IEC 14496-14, 5.6, with the descriptors of ISO/IEC 14496-1, 7.2.6. */
function aacEntry({ sampleRate, config }: SoundTrack): Box {
  const descriptor = (tag: number, ...parts: Uint8Array[]) => {
    const body = Buffer.concat(parts);
    return Buffer.concat([u8(tag, body.length), body]);
  };
  const decoder = Buffer.concat([u8(0x40, 0x15, 0, 0, 0), u32(0, 0)]);
  const stream = descriptor(
    3,
    u8(0, 0, 0),
    descriptor(4, decoder, descriptor(5, config)),
    descriptor(6, u8(2)),
  );
  const sound = Buffer.concat([Buffer.alloc(8), u16(1, 16, 0, 0), u32(sampleRate * 0x1_0000)]);
  const esds = writeBox(fullBox("esds", {}, stream));
  return { type: "mp4a", data: Buffer.concat([ENTRY, sound, esds]) };
}
