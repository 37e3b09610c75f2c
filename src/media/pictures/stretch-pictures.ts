import path from "node:path";
import { AppError } from "../../domain/app-error.ts";
import type { PictureStretch } from "../../domain/template.ts";
import type { CompileRequest, EditableSlot } from "../../ports/media-engine.ts";
import {
  type AvcConfiguration,
  addParameterSets,
  pictureParameterId,
  readConfiguration,
  readSequenceParameters,
} from "../h264/parameter-sets.ts";
import { createSlotEncoder, pictureFormatOf, slotPictureFormat } from "../libav/slot-pictures.ts";
import type { TrackContents } from "../mp4/cells.ts";
import type { Track } from "../mp4/movie.ts";
import { readKeySamples, readPictureTimes } from "../mp4/picture-times.ts";
import type { StretchedTrack } from "../mp4/template-index.ts";
import { readAvcEntry, writeAvcConfiguration } from "../mp4/visual-entry.ts";
import type { Mp4Source } from "../mp4-source.ts";
import type { StretchCell } from "../template-context.ts";
import { type EncodedRegions, type EncodeRequest, encodeRegions } from "./encode-regions.ts";
import { findRegions } from "./find-regions.ts";
import {
  type BasePictures,
  placeStretch,
  planRegion,
  type Region,
  type StretchRequest,
  secondsOf,
} from "./plan-stretches.ts";

/** x264 quality of pictures that are encoded once and then seen by everybody. */
const QUALITY = 18;
/** The same where that takes more than so many times what the base's own pictures take. */
const FRUGAL_QUALITY = 22;
const MOST_GROWTH = 3;
/** Room for new pictures, relative to the base's own of the stretch. */
const ALLOWANCE = 1.25;
/** A still base takes hardly anything, but a mouth in it will move: least bytes a picture for each pixel. */
const LEAST_BYTES_A_PIXEL = 1 / 400;
/** A slot that may grow has room for so many seconds of pictures like its own. */
const GROWTH_ROOM_SECONDS = 1;

export type StretchedPictures = {
  track: StretchedTrack;
  /** For each slot; null where its pictures stay. */
  stretches: (PictureStretch | null)[];
  cells: StretchCell[];
  /** Bytes by which the track's tables may grow. */
  spareBytes: number;
  close(): Promise<void>;
};

/**
 * Encodes the pictures around each slot anew such that those of a stretch can be replaced, and all
 * others keep their packets.
 * @returns why it cannot be done with this base's pictures, when it cannot.
 */
export async function stretchPictures(
  source: Mp4Source,
  request: CompileRequest,
  growthSeconds: readonly number[],
): Promise<StretchedPictures | string> {
  const { movie, input } = source;
  const stream = input.video;
  const track = stream && movie.tracks[stream.index];
  const entry = track && readAvcEntry(track.box);
  if (!stream || !track || track.handler !== "vide" || !entry) return "it is not H.264 in an MP4";
  const configuration = readConfiguration(entry.avcC);
  const obstacle = configuration ? configurationObstacle(configuration) : "its header is damaged";
  if (!configuration || obstacle) return obstacle ?? "";
  const times = readPictureTimes(track.box, track.samples.sizes.length);
  if (!times || times.end <= 0) return "its pictures have no times";
  if (new Set(times.pts).size !== times.pts.length) return "some of its pictures share their time";
  const { timescale, delay, mediaStart } = track.times;
  const base: BasePictures = { times, timescale, delay, mediaStart };

  const wanted = placeStretches(base, request.slots);
  const found = await findRegions({ movie, track }, base, wanted);
  if (!found) return "its decoding cannot begin before the slot";
  const regions: Region[] = [];
  for (const region of found) {
    const planned = planRegion(base, region, region.stretches);
    if (!planned) return "its pictures are decoded too late to be put in order";
    regions.push(planned);
  }
  const format = {
    ...pictureFormatOf(stream, frameRateOf(base)),
    parameterSetId: unusedId(configuration),
  };
  const stretchFile = (slot: number) => `stretch-${slot + 1}.mp4`;
  const encoded = await encodeFrugally({
    ...{ movie, track, stream, pts: times.pts, format, regions },
    output: path.join(request.folder, "pictures.h264"),
    stretchFile: (slot) => path.join(request.folder, stretchFile(slot)),
  });
  if (!encoded) return "some of its pictures around the slot cannot be decoded";
  for (const { slot } of wanted)
    requireSameSets(path.join(request.folder, stretchFile(slot)), encoded);
  writeAvcConfiguration(track.box, addParameterSets(entry.avcC, encoded.parameterSets));

  const composed = composeTrack(track, base, regions, encoded);
  const stretches: StretchedPictures["stretches"] = request.slots.map(() => null);
  const cells: StretchCell[] = [];
  let spareBytes = 0;
  for (const stretch of composed.stretches) {
    const { slot, first, count, start, end, cuts } = stretch;
    const sizes = [...composed.contents.sizes.subarray(first, first + count)];
    const interval = { start: secondsOf(base, start), end: secondsOf(base, end) };
    const growth = growthSeconds[slot] ?? 0;
    const room = roomFor(sizes, { ...format, ...interval, growable: growth > 0 });
    const behind = sumOf(sizes.slice(cuts[0]));
    const cell = { first, count, capacity: room + behind, atEnd: false, offset: 0 };
    composed.contents.cells.push(cell);
    const rate = count / (interval.end - interval.start);
    const maxPictures = count + Math.ceil(growth * rate * 1.5);
    // Each picture has at most a duration and a size of its own, and each may be a key frame.
    spareBytes += maxPictures * (8 + 4) + 4 * maxPictures + 16;
    cells.push({ slot, cell, sizes, cuts, maxPictures, maxBytes: room });
    const { width, height } = format;
    const shown = { ...interval, width, height, frames: count, cuts, maxBytes: room };
    stretches[slot] = { ...shown, file: stretchFile(slot) };
  }
  return {
    track: { ...composed, times: composed.times },
    stretches,
    cells,
    spareBytes,
    close: () => encoded.file.close(),
  };
}

function configurationObstacle({ lengthBytes, sps, pps }: AvcConfiguration): string | null {
  if (lengthBytes !== 4) return `its units have lengths of ${lengthBytes} bytes`;
  const sets = sps.map(readSequenceParameters);
  if (sets.length === 0 || pps.length === 0) return "its header lacks parameter sets";
  if (sets.some((set) => !set?.plain)) return "it is not 4:2:0 with 8 bits";
  return sets.some((set) => set?.interlaced) ? "it is interlaced" : null;
}

/** An id for parameter sets that the base has not given to others. */
function unusedId({ sps, pps }: AvcConfiguration): number {
  const used = new Set([
    ...sps.map((set) => readSequenceParameters(set)?.id ?? 0),
    ...pps.map(pictureParameterId),
  ]);
  let id = 1;
  while (used.has(id)) id++;
  return id;
}

const LARGEST_TERM = 1_000_000;

/** Average, in lowest terms. */
function frameRateOf({ times, timescale }: BasePictures): { num: number; den: number } {
  const [num, den] = [times.pts.length * timescale, times.end];
  let [a, b] = [num, den];
  while (b > 0) [a, b] = [b, a % b];
  if (Math.max(num, den) / a <= LARGEST_TERM) return { num: num / a, den: den / a };
  return frameRateOfMilliseconds(num / den);
}

function frameRateOfMilliseconds(rate: number): { num: number; den: number } {
  let [a, b] = [Math.max(1, Math.round(rate * 1000)), 1000];
  const [num, den] = [a, b];
  while (b > 0) [a, b] = [b, a % b];
  return { num: num / a, den: den / a };
}

/** Stretches follow each other: where two would share pictures, the later one has them not. */
function placeStretches(base: BasePictures, slots: readonly EditableSlot[]): StretchRequest[] {
  const placed: StretchRequest[] = [];
  for (const [slot, { pictures, slot: said }] of slots.entries()) {
    if (!pictures) continue;
    const { first, end } = placeStretch(base, pictures);
    const free = Math.max(first, placed.at(-1)?.end ?? 0);
    if (end - free < 2) {
      throw new AppError(
        "SLOT_INVALID",
        `slot ${slot + 1} at ${said.start.toFixed(2)} s has ${Math.max(0, end - free)} pictures of its own, at least 2 are needed: it is too near to slot ${slot} or lies behind the last picture`,
      );
    }
    placed.push({ slot, said, first: free, end });
  }
  return placed;
}

/** A base of few bytes has lost its grain already: what remains is not worth many more. */
async function encodeFrugally(request: Omit<EncodeRequest, "crf">): Promise<EncodedRegions | null> {
  const { sizes } = request.track.samples;
  const own = request.regions
    .map(({ first, end }) => sumOf(sizes.subarray(first, end)))
    .reduce((sum, bytes) => sum + bytes, 0);
  const encoded = await encodeRegions({ ...request, crf: QUALITY });
  if (!encoded || sumOf(encoded.sizes.flat()) <= MOST_GROWTH * own) return encoded;
  await encoded.file.close();
  return encodeRegions({ ...request, crf: FRUGAL_QUALITY });
}

function sumOf(sizes: Iterable<number>): number {
  let sum = 0;
  for (const size of sizes) sum += size;
  return sum;
}

/** What renders encode must go by the very sets that the template holds. */
function requireSameSets(stretch: string, { parameterSets }: EncodedRegions): void {
  using encoder = createSlotEncoder(slotPictureFormat(stretch));
  const { sps, pps } = encoder.parameterSets;
  if (sps.equals(parameterSets.sps) && pps.equals(parameterSets.pps)) return;
  throw new AppError("INTERNAL", "the pictures of a stretch have other parameters than its base");
}

function roomFor(
  sizes: readonly number[],
  about: { width: number; height: number; start: number; end: number; growable: boolean },
): number {
  const least = sizes.length * about.width * about.height * LEAST_BYTES_A_PIXEL;
  const own = Math.max(least, sumOf(sizes));
  const growth = about.growable ? (own / (about.end - about.start)) * GROWTH_ROOM_SECONDS : 0;
  return Math.ceil(ALLOWANCE * own + growth);
}

/** The base's samples with those of the regions replaced. */
function composeTrack(
  track: Track,
  base: BasePictures,
  regions: readonly Region[],
  encoded: EncodedRegions,
) {
  const { samples } = track;
  const { times } = base;
  const baseKeys = readKeySamples(track.box) ?? samples.sizes.keys();
  const isKey = new Set(baseKeys);
  type Sample = { size: number; offset: number; place: number; dts: number; pts: number };
  const made: Sample[] = [];
  const keys: number[] = [];
  const added: TrackContents["added"] = [];
  const stretches: (StretchedTrack["stretches"][number] & { cuts: number[] })[] = [];
  let at = 0;
  let written = 0;
  const keepUntil = (end: number): void => {
    for (; at < end; at++) {
      if (isKey.has(at)) keys.push(made.length);
      const offset = samples.offsets[at] ?? 0;
      const [size = 0, dts = 0, pts = 0] = [samples.sizes[at], times.dts[at], times.pts[at]];
      made.push({ size, offset, place: offset, dts, pts });
    }
  };
  for (const [i, region] of regions.entries()) {
    keepUntil(region.first);
    const first = made.length;
    const share = (region.end - region.first) / region.pictures.length;
    for (const [k, { pts, dts, key }] of region.pictures.entries()) {
      if (key) keys.push(made.length);
      const size = encoded.sizes[i]?.[k] ?? 0;
      const place = samples.offsets[region.first + Math.floor(k * share)] ?? 0;
      made.push({ size, offset: written, place, dts, pts });
      written += size;
    }
    added.push({ first, end: made.length, file: encoded.file });
    for (const stretch of region.stretches) {
      stretches.push({ ...stretch, first: first + stretch.first });
    }
    at = region.end;
  }
  keepUntil(samples.sizes.length);
  const column = (of: (sample: Sample) => number) => Float64Array.from(made, of);
  const contents: TrackContents = {
    track,
    sizes: Uint32Array.from(made, ({ size }) => size),
    offsets: column(({ offset }) => offset),
    places: column(({ place }) => place),
    added,
    cells: [],
  };
  return {
    contents,
    times: { dts: column(({ dts }) => dts), pts: column(({ pts }) => pts), end: times.end },
    keys,
    stretches,
  };
}
