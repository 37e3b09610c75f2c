import { type Box, findBox, findData } from "./box.ts";

/**
 * Reads and places the time fields of a movie (ISO/IEC 14496-12 §8.2.2, 8.3.2, 8.4.2, 8.6). Boxes of
 * version 0 hold 32-bit times, of version 1 64-bit ones.
 */

/** A number inside a box, to be overwritten in place. */
export type Field = {
  box: Box;
  /** From the start of the box's contents. */
  at: number;
  bytes: 4 | 8;
};

export type TrackTimes = {
  /** Ticks a second of the track. */
  timescale: number;
  /** In track ticks. */
  mediaDuration: Field;
  /** In movie ticks, as it is shown. */
  trackDuration: Field;
  /** Of the one edit that shows the media, in movie ticks; null without an edit list. */
  editDuration: Field | null;
  /** Seconds that pass before the media begins (an empty edit). */
  delay: number;
  /** First tick of the media that is shown. */
  mediaStart: number;
};

/** Null when a box is cut short, or the track's edit list shows several stretches, or not at normal speed. */
export function readTrackTimes(trak: Box, movieTimescale: number): TrackTimes | null {
  const tkhd = findBox(trak, "tkhd");
  const mdhd = findBox(trak, "mdia", "mdhd");
  if (!tkhd || !mdhd || !("data" in tkhd)) return null;
  const media = readClock(mdhd);
  const wide = tkhd.data[0] === 1;
  if (!media || tkhd.data.length < (wide ? 36 : 24)) return null;
  const times: TrackTimes = {
    timescale: media.timescale,
    mediaDuration: media.duration,
    trackDuration: field(tkhd, wide ? 28 : 20, wide),
    editDuration: null,
    delay: 0,
    mediaStart: 0,
  };
  const elst = findBox(trak, "edts", "elst");
  if (!elst || !("data" in elst)) return times;
  const { data } = elst;
  if (data.length < 8) return null;
  const wideEdits = data[0] === 1;
  const entrySize = wideEdits ? 20 : 12;
  const count = data.readUInt32BE(4);
  if (data.length < 8 + count * entrySize) return null;
  for (let i = 0; i < count; i++) {
    const at = 8 + i * entrySize;
    const duration = wideEdits ? Number(data.readBigUInt64BE(at)) : data.readUInt32BE(at);
    const mediaTime = wideEdits ? Number(data.readBigInt64BE(at + 8)) : data.readInt32BE(at + 4);
    const rate = data.readUInt32BE(at + (wideEdits ? 16 : 8));
    if (times.editDuration || rate !== 0x10000) return null;
    if (mediaTime === -1) {
      times.delay += duration / movieTimescale;
      continue;
    }
    times.mediaStart = mediaTime;
    times.editDuration = field(elst, at, wideEdits);
  }
  return times;
}

export function readMovieHeader(moov: Box): { timescale: number; duration: Field } | null {
  const mvhd = findBox(moov, "mvhd");
  return mvhd ? readClock(mvhd) : null;
}

/** What mvhd and mdhd begin with alike; null when it is cut short or nothing ticks. */
function readClock(box: Box): { timescale: number; duration: Field } | null {
  if (!("data" in box)) return null;
  const wide = box.data[0] === 1;
  if (box.data.length < (wide ? 32 : 20)) return null;
  const timescale = box.data.readUInt32BE(wide ? 20 : 12);
  return timescale === 0 ? null : { timescale, duration: field(box, wide ? 24 : 16, wide) };
}

function field(box: Box, at: number, wide: boolean): Field {
  return { box, at, bytes: wide ? 8 : 4 };
}

export function readField({ box, at, bytes }: Field): number {
  if (!("data" in box)) return 0;
  return bytes === 8 ? Number(box.data.readBigUInt64BE(at)) : box.data.readUInt32BE(at);
}

/** The bytes of `value` as they stand in a field. */
export function fieldBytes(bytes: 4 | 8, value: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 8) buffer.writeBigUInt64BE(BigInt(Math.round(value)));
  else buffer.writeUInt32BE(Math.round(value));
  return buffer;
}

/** Runs of equal sample durations (stts), in track ticks. */
export type DurationRun = { count: number; delta: number };

export function readDurations(trak: Box): DurationRun[] | null {
  const stts = findData(trak, "mdia", "minf", "stbl", "stts");
  if (!stts || stts.length < 8) return null;
  const count = stts.readUInt32BE(4);
  if (stts.length < 8 + 8 * count) return null;
  return Array.from({ length: count }, (_, i) => ({
    count: stts.readUInt32BE(8 + 8 * i),
    delta: stts.readUInt32BE(12 + 8 * i),
  })).filter((run) => run.count > 0);
}

/** Writes the runs with the last sample in one of its own, so that it can be made longer in place. */
export function writeDurations(trak: Box, runs: DurationRun[]): void {
  const stts = findBox(trak, "mdia", "minf", "stbl", "stts");
  const last = runs.at(-1);
  if (!stts || !("data" in stts) || !last) return;
  const split =
    last.count > 1
      ? [...runs.slice(0, -1), { ...last, count: last.count - 1 }, { ...last, count: 1 }]
      : runs;
  const data = Buffer.alloc(8 + 8 * split.length);
  data.writeUInt32BE(split.length, 4);
  split.forEach((run, i) => {
    data.writeUInt32BE(run.count, 8 + 8 * i);
    data.writeUInt32BE(run.delta, 12 + 8 * i);
  });
  stts.data = data;
}
