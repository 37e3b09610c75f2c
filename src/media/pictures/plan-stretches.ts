import type { Interval } from "../../domain/audio.ts";
import { evenTimes, type PictureTimes } from "../mp4/picture-times.ts";

/** A player shows at least so many pictures a second of a stretch, whatever the base's frame rate. */
const LEAST_RATE = 24;
/** A picture of a stretch is shown at most this share of its duration off its time in the base, else it is timed anew. */
const EVEN = 0.3;
/** A stretch of damaged times is not taken at its word. */
const MOST_PICTURES = 6000;
/** Seconds become ticks up to this. */
const ROUNDING = 0.01;
/** Where new pictures may end: the first such place after the slot's end or a usual name, then one a step. */
const CUT = { afterSlot: 0.3, afterStart: 1.2, step: 0.5, least: 0.3 };

/** What is known of a base's pictures, in the order of decoding. */
export type BasePictures = {
  times: PictureTimes;
  /** Ticks a second. */
  timescale: number;
  /** Seconds of the player's timeline at which tick `mediaStart` is shown. */
  delay: number;
  mediaStart: number;
};

/** Where a stretch lies among a base's pictures, counted in the order of showing. */
export type StretchPlace = {
  /** First picture, and the one behind the last. */
  first: number;
  end: number;
  /** Ticks that were asked for: a picture that lasts long is not part of it as a whole. */
  from: number;
  to: number;
};

/** One picture of the template that is encoded anew. */
export type NewPicture = {
  /** Of the base, in the order of showing. */
  source: number;
  pts: number;
  dts: number;
  key: boolean;
};

export type PlannedStretch = {
  /** Which slot it is for. */
  slot: number;
  /** The number of its first picture among its region's new ones, and how many it has. */
  first: number;
  count: number;
  cuts: number[];
  /** Ticks at which it begins and is over. */
  start: number;
  end: number;
};

/** Groups of pictures that are encoded anew, from one clean cut to another: there both orders agree. */
export type Region = {
  /** The base's first sample and the one behind the last. */
  first: number;
  end: number;
  pictures: NewPicture[];
  stretches: PlannedStretch[];
};

export function secondsOf(base: BasePictures, ticks: number): number {
  return base.delay + (ticks - base.mediaStart) / base.timescale;
}

/** Presentation times in the order of showing. */
export function shownTimes({ pts }: PictureTimes): Float64Array {
  return pts.toSorted();
}

/** When the picture behind the last would be shown. */
export function showsUntil({ dts, pts, end }: PictureTimes): number {
  const last = pts.reduce((latest, one) => Math.max(latest, one), 0);
  // What the last picture in decoding lasts is taken for the last one shown.
  return last + Math.max(1, end - (dts.at(-1) ?? 0));
}

/** The run of pictures that covers an interval of the player's timeline. */
export function placeStretch(base: BasePictures, interval: Interval): StretchPlace {
  const shown = shownTimes(base.times);
  const at = (seconds: number) => (seconds - base.delay) * base.timescale + base.mediaStart;
  const [from, to] = [at(interval.start) + ROUNDING, at(interval.end) - ROUNDING];
  const first = Math.max(
    0,
    shown.findLastIndex((time) => time <= from),
  );
  const behind = shown.findIndex((time, i) => i > first && time >= to);
  const end = behind < 0 ? shown.length : behind;
  return { first, end, from: Math.floor(from), to: Math.ceil(to) };
}

/** For every sample in the order of decoding: whether all before it are shown before all from it on. */
export function cleanCuts({ pts }: PictureTimes): Uint8Array {
  const clean = new Uint8Array(pts.length + 1);
  clean[pts.length] = 1;
  let earliest = Number.POSITIVE_INFINITY;
  const least = new Float64Array(pts.length);
  for (let i = pts.length - 1; i >= 0; i--) {
    earliest = Math.min(earliest, pts[i] ?? 0);
    least[i] = earliest;
  }
  let latest = Number.NEGATIVE_INFINITY;
  for (const [i, time] of pts.entries()) {
    if (latest < (least[i] ?? 0)) clean[i] = 1;
    latest = Math.max(latest, time);
  }
  return clean;
}

export type StretchRequest = StretchPlace & {
  slot: number;
  /** The slot itself, seconds of the player's timeline. */
  said: Interval;
};

/**
 * Plans the pictures of a region: its stretches evenly timed, the rest as the base has it.
 * @returns null when decoding and showing cannot be put in order: the base is to be converted.
 */
export function planRegion(
  base: BasePictures,
  region: { first: number; end: number },
  stretches: readonly StretchRequest[],
): Region | null {
  const shown = shownTimes(base.times);
  const until = showsUntil(base.times);
  const timeOf = (picture: number) => shown[picture] ?? until;
  const pictures: Omit<NewPicture, "dts">[] = [];
  const planned: PlannedStretch[] = [];
  /** Longer than this before and after a stretch, a picture is shown there once more by itself. */
  const long = base.timescale / LEAST_RATE + 1;
  let at = region.first;
  /** Whether the next picture that is kept begins a run. */
  let begins = true;
  const keepUntil = (end: number): void => {
    for (; at < end; at++, begins = false) {
      pictures.push({ source: at, pts: timeOf(at), key: begins });
    }
  };
  for (const { slot, end, said, from, to, ...asked } of stretches) {
    keepUntil(asked.first);
    // The last picture of the stretch before may last into this one.
    const shared: (typeof pictures)[number] | undefined =
      at > asked.first && !begins ? pictures.at(-1) : undefined;
    const first = shared?.source ?? at;
    if (end <= first) return null;
    const interval: Interval = { start: shared?.pts ?? timeOf(first), end: timeOf(end) };
    // A slot behind the last picture has that one.
    if (from - interval.start > long && from < interval.end) {
      keepUntil(first + 1);
      interval.start = from;
    } else if (shared) pictures.pop();
    const lastsLong: boolean = interval.end - to > long && to > interval.start;
    if (lastsLong) interval.end = to;
    const sources = evenSources(base, { first, end }, interval, timeOf);
    const count = sources.length;
    if (count === 0) return null;
    const cuts = planCuts(base, count, interval, said);
    const ticks = evenTimes(interval.start, interval.end, count);
    planned.push({ slot, first: pictures.length, count, cuts, ...interval });
    sources.forEach((source, i) => {
      pictures.push({ source, pts: ticks[i] ?? 0, key: i === 0 || cuts.includes(i) });
    });
    if (lastsLong) pictures.push({ source: end - 1, pts: interval.end, key: true });
    at = end;
    begins = !lastsLong;
  }
  keepUntil(region.end);
  const timed = decodingTimes(base.times, region, pictures, planned);
  return timed && { ...region, pictures: timed, stretches: planned };
}

function evenSources(
  { timescale, times }: BasePictures,
  { first, end }: { first: number; end: number },
  interval: Interval,
  timeOf: (picture: number) => number,
): number[] {
  const own = Array.from({ length: end - first }, (_, i) => first + i);
  const duration = interval.end - interval.start;
  const step = duration / own.length;
  const even =
    own.length <= MOST_PICTURES &&
    own.every((picture, i) => Math.abs(timeOf(picture) - interval.start - i * step) <= EVEN * step);
  if (even) return own;
  const rate = Math.max(LEAST_RATE, (times.pts.length * timescale) / times.end);
  const wanted = Math.round((duration / timescale) * rate);
  const count = Math.min(Math.max(own.length, wanted), duration, MOST_PICTURES);
  let source = first;
  return Array.from({ length: count }, (_, i) => {
    const time = interval.start + ((i + 0.5) * duration) / count;
    while (source + 1 < end && timeOf(source + 1) <= time) source++;
    return source;
  });
}

function planCuts(base: BasePictures, count: number, ticks: Interval, said: Interval): number[] {
  const start = secondsOf(base, ticks.start);
  const step = (secondsOf(base, ticks.end) - start) / count;
  const cuts: number[] = [];
  const least = Math.ceil(CUT.least / step);
  let time = Math.max(said.end + CUT.afterSlot, said.start + CUT.afterStart) - start;
  for (; ; time += CUT.step) {
    const cut = Math.ceil(time / step - 1e-6);
    if (cut > count - least) return [...cuts, count];
    if (cut - (cuts.at(-1) ?? 0) >= least) cuts.push(cut);
  }
}

/**
 * Decoding times for new pictures, which are decoded in the order of showing: within a stretch each
 * lies the same time before its showing, so that a stretch may become longer.
 */
function decodingTimes(
  { dts, pts, end: mediaEnd }: PictureTimes,
  region: { first: number; end: number },
  pictures: Omit<NewPicture, "dts">[],
  stretches: PlannedStretch[],
): NewPicture[] | null {
  const before = region.first === 0 ? -1 : (dts[region.first - 1] ?? 0);
  const ends = region.end === dts.length;
  const after = ends ? mediaEnd : (dts[region.end] ?? 0);
  const leadOf = (sample: number) => (pts[sample] ?? 0) - (dts[sample] ?? 0);
  const inStretch = (i: number) =>
    stretches.some(({ first, count }) => i >= first && i < first + count);
  const leads = [leadOf(region.first), ...(ends ? [] : [leadOf(region.end)])];
  for (const lead of leads.toSorted((a, b) => a - b)) {
    const timed = pictures.map((picture, i): NewPicture => {
      const wanted = picture.pts - lead;
      if (inStretch(i)) return { ...picture, dts: wanted };
      const latest = ends ? wanted : Math.min(wanted, after - (pictures.length - i));
      return { ...picture, dts: Math.min(picture.pts, Math.max(latest, before + 1 + i)) };
    });
    // The first of all samples is decoded at zero: tables hold no other beginning.
    if (region.first === 0 && timed[0]?.dts !== 0) continue;
    const ordered = timed.every(
      (picture, i) => picture.dts > (timed[i - 1]?.dts ?? before) && picture.dts <= picture.pts,
    );
    if (ordered && (ends || (timed.at(-1)?.dts ?? 0) < after)) return timed;
  }
  return null;
}
