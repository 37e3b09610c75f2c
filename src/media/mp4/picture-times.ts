import { type Box, findBox, findData } from "./box.ts";
import { readDurations } from "./movie-times.ts";

/**
 * When the samples of a track are decoded and shown (stts and ctts, ISO/IEC 14496-12 §8.6.1), in the
 * order of decoding, in ticks of the track.
 */
export type PictureTimes = {
  dts: Float64Array;
  pts: Float64Array;
  /** Decoding time at which the last sample is over. */
  end: number;
};

/** Null when the tables do not fit `count` samples. */
export function readPictureTimes(trak: Box, count: number): PictureTimes | null {
  const runs = readDurations(trak);
  if (!runs || runs.reduce((sum, run) => sum + run.count, 0) !== count) return null;
  const dts = new Float64Array(count);
  let at = 0;
  let time = 0;
  for (const run of runs) {
    for (let i = 0; i < run.count; i++, time += run.delta) dts[at++] = time;
  }
  const pts = dts.slice();
  const ctts = findData(trak, "mdia", "minf", "stbl", "ctts");
  if (ctts) {
    if (ctts.length < 8 || ctts.length < 8 + 8 * ctts.readUInt32BE(4)) return null;
    at = 0;
    for (let run = 0; run < ctts.readUInt32BE(4); run++) {
      const samples = ctts.readUInt32BE(8 + 8 * run);
      // Version 0 knows no signs, but files are written as if it did.
      const offset = ctts.readInt32BE(12 + 8 * run);
      for (let i = 0; i < samples && at < count; i++, at++) pts[at] = (pts[at] ?? 0) + offset;
    }
    if (at < count) return null;
  }
  return { dts, pts, end: time };
}

/** Numbers of the samples that a player may begin with (stss), from 0; null when it may with any. */
export function readKeySamples(trak: Box): number[] | null {
  const stss = findData(trak, "mdia", "minf", "stbl", "stss");
  if (!stss || stss.length < 8) return null;
  const count = Math.min(stss.readUInt32BE(4), (stss.length - 8) >> 2);
  return Array.from({ length: count }, (_, i) => stss.readUInt32BE(8 + 4 * i) - 1);
}

/** Runs of equal values as tables have them: each 8 bytes, a count and the value. */
export function runsOf(values: Iterable<number>): Buffer[] {
  const runs: { count: number; value: number }[] = [];
  for (const value of values) {
    const last = runs.at(-1);
    if (last?.value === value) last.count++;
    else runs.push({ count: 1, value });
  }
  return runs.map(({ count, value }) => {
    const entry = Buffer.alloc(8);
    entry.writeUInt32BE(count, 0);
    entry.writeInt32BE(value, 4);
    return entry;
  });
}

/** How long each sample lasts until the next one is decoded. */
export function* durationsOf({ dts, end }: PictureTimes, from: number, to: number) {
  for (let i = from; i < to; i++) yield (dts[i + 1] ?? end) - (dts[i] ?? 0);
}

/** How much later than decoded each sample is shown. */
export function* delaysOf({ dts, pts }: PictureTimes, from: number, to: number) {
  for (let i = from; i < to; i++) yield (pts[i] ?? 0) - (dts[i] ?? 0);
}

/** The times of `count` pictures that share an interval; rounded one by one, so that nothing adds up. */
export function evenTimes(start: number, end: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.round(start + (i * (end - start)) / count));
}

export type WrittenTimes = {
  /** For each of the parts: the number of its first entry, and how many it has. */
  durations: TableRange[];
  /** Null without reordering: then every sample is shown when it is decoded. */
  delays: TableRange[] | null;
};

export type TableRange = { first: number; count: number };

/**
 * Writes the times of a track. The samples of a part have entries of their own, so that they can be
 * replaced. `parts`: first sample and the one behind the last, ascending.
 */
export function writePictureTimes(
  trak: Box,
  times: PictureTimes,
  parts: readonly { first: number; end: number }[],
): WrittenTimes {
  const stbl = findBox(trak, "mdia", "minf", "stbl");
  if (!stbl || !("children" in stbl)) throw new Error("the index was read before");
  const durations = tableOf((from, to) => durationsOf(times, from, to), times, parts);
  const delays = tableOf((from, to) => delaysOf(times, from, to), times, parts);
  const reordered = times.pts.some((pts, i) => pts !== times.dts[i]);
  const negative = times.pts.some((pts, i) => pts < (times.dts[i] ?? 0));
  stbl.children = [
    ...stbl.children.filter(({ type }) => type !== "stts" && type !== "ctts"),
    { type: "stts", data: durations.data },
    ...(reordered ? [{ type: "ctts", data: delays.data }] : []),
  ];
  if (negative) delays.data[0] = 1; // version 1 holds signed numbers
  return { durations: durations.ranges, delays: reordered ? delays.ranges : null };
}

function tableOf(
  values: (from: number, to: number) => Iterable<number>,
  { dts }: PictureTimes,
  parts: readonly { first: number; end: number }[],
): { data: Buffer; ranges: TableRange[] } {
  const entries: Buffer[] = [];
  const ranges: TableRange[] = [];
  let at = 0;
  for (const { first, end } of parts) {
    entries.push(...runsOf(values(at, first)));
    const runs = runsOf(values(first, end));
    ranges.push({ first: entries.length, count: runs.length });
    entries.push(...runs);
    at = end;
  }
  entries.push(...runsOf(values(at, dts.length)));
  const header = Buffer.alloc(8);
  header.writeUInt32BE(entries.length, 4);
  return { data: Buffer.concat([header, ...entries]), ranges };
}

/** Writes the numbers of the key samples, from 0. */
export function writeKeySamples(trak: Box, samples: readonly number[]): void {
  const stbl = findBox(trak, "mdia", "minf", "stbl");
  if (!stbl || !("children" in stbl)) throw new Error("the index was read before");
  const data = Buffer.alloc(8 + 4 * samples.length);
  data.writeUInt32BE(samples.length, 4);
  samples.forEach((sample, i) => {
    data.writeUInt32BE(sample + 1, 8 + 4 * i);
  });
  stbl.children = [...stbl.children.filter(({ type }) => type !== "stss"), { type: "stss", data }];
}
