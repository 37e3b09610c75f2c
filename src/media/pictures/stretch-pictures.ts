import { rm } from "node:fs/promises";
import path from "node:path";
import type { Stream } from "node-av/lib";
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
import {
  createSlotEncoder,
  pictureFormatOf,
  type SlotPictureFormat,
  slotPictureFormat,
} from "../libav/slot-pictures.ts";
import type { Track } from "../mp4/movie.ts";
import { readPictureTimes } from "../mp4/picture-times.ts";
import type { StretchedTrack } from "../mp4/template-index.ts";
import { readAvcEntry, writeAvcConfiguration } from "../mp4/visual-entry.ts";
import type { Mp4Source } from "../mp4-source.ts";
import type { StretchCell } from "../template-context.ts";
import { composeTrack } from "./compose-track.ts";
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
/** A still base takes hardly anything, but a mouth in it will move: least bytes of a picture. */
const LEAST_BYTES = { picture: 300, pixel: 1 / 400 };
/** A slot that may grow has room for so many seconds of pictures like its own. */
const GROWTH_ROOM_SECONDS = 1;
/** It may have so many times more pictures a second than the base. */
const RATE_ALLOWANCE = 1.5;

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
 * others keep their packets. The source's index is changed for that.
 * @returns why it cannot be done with this base's pictures, when it cannot.
 */
export async function stretchPictures(
  source: Mp4Source,
  request: CompileRequest,
  growthSeconds: readonly number[],
): Promise<StretchedPictures | string> {
  const plan = await planPictures(source, request);
  if (typeof plan === "string") return plan;
  const { track, stream, base, regions, format, avcC } = plan;
  const output = path.join(request.folder, "pictures.h264");
  const stretchPath = (slot: number) => path.join(request.folder, stretchFile(slot));
  const encoded = await encodeFrugally({
    ...{ movie: source.movie, track, stream, pts: base.times.pts, format, regions },
    ...{ output, stretchFile: stretchPath },
  });
  if (!encoded) return "some of its pictures around the slot cannot be decoded";
  const close = async () => {
    await encoded.file.close();
    await rm(output, { force: true });
  };
  try {
    for (const { slot } of regions.flatMap(({ stretches }) => stretches)) {
      requireSameSets(stretchPath(slot), encoded);
    }
    writeAvcConfiguration(track.box, addParameterSets(avcC, encoded.parameterSets));
    const composed = composeTrack(track, base, regions, encoded);
    const slots = request.slots.length;
    return { track: composed, ...makeRoom(composed, plan, { slots, growthSeconds }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function stretchFile(slot: number): string {
  return `stretch-${slot + 1}.mp4`;
}

type PicturePlan = {
  track: Track;
  stream: Stream;
  /** The track's configuration. */
  avcC: Buffer;
  base: BasePictures;
  regions: Region[];
  format: SlotPictureFormat;
};

async function planPictures(
  { movie, input }: Mp4Source,
  request: CompileRequest,
): Promise<PicturePlan | string> {
  const stream = input.video;
  const track = stream && movie.tracks[stream.index];
  const entry = track && readAvcEntry(track.box);
  if (!stream || !track || track.handler !== "vide" || !entry) return "it is not H.264 in an MP4";
  const configuration = readConfiguration(entry.avcC);
  if (!configuration) return "its header is damaged";
  const obstacle = configurationObstacle(configuration);
  if (obstacle) return obstacle;
  const times = readPictureTimes(track.box, track.samples.sizes.length);
  if (!times || times.end <= 0) return "its pictures have no times";
  if (new Set(times.pts).size !== times.pts.length) return "some of its pictures share their time";
  const { timescale, delay, mediaStart } = track.times;
  const base: BasePictures = { times, timescale, delay, mediaStart };
  const found = await findRegions({ movie, track }, base, placeStretches(base, request.slots));
  if (!found) return "its decoding cannot begin before the slot";
  const regions: Region[] = [];
  for (const region of found) {
    const planned = planRegion(base, region, region.stretches);
    if (!planned) return "its pictures are decoded too late to be put in order";
    regions.push(planned);
  }
  const format = {
    ...pictureFormatOf(stream, frameRateOf(base, regions)),
    parameterSetId: unusedId(configuration),
  };
  return { track, stream, avcC: entry.avcC, base, regions, format };
}

/** Gives each stretch its cell, and tells what recipients may put there. */
function makeRoom(
  { contents, stretches: placed }: ReturnType<typeof composeTrack>,
  { base, format }: PicturePlan,
  { slots, growthSeconds }: { slots: number; growthSeconds: readonly number[] },
): Pick<StretchedPictures, "stretches" | "cells" | "spareBytes"> {
  const stretches = Array<PictureStretch | null>(slots).fill(null);
  const cells: StretchCell[] = [];
  let spareBytes = 0;
  for (const { slot, first, count, start, end, cuts } of placed) {
    const sizes = [...contents.sizes.subarray(first, first + count)];
    const interval = { start: secondsOf(base, start), end: secondsOf(base, end) };
    const growth = growthSeconds[slot] ?? 0;
    const maxBytes = roomFor(sizes, { ...format, ...interval, growable: growth > 0 });
    // Where new ones end early, the base's own follow.
    const capacity = maxBytes + sumOf(sizes.slice(cuts[0]));
    const cell = { first, count, capacity, atEnd: false, offset: 0 };
    contents.cells.push(cell);
    const rate = count / (interval.end - interval.start);
    const maxPictures = count + Math.ceil(growth * rate * RATE_ALLOWANCE);
    // Each picture has at most a duration and a size of its own, and may be a key frame.
    spareBytes += maxPictures * (8 + 4 + 4);
    cells.push({ slot, cell, sizes, cuts, maxPictures, maxBytes });
    const { width, height } = format;
    const shown = { ...interval, width, height, frames: count, cuts, maxBytes };
    stretches[slot] = { ...shown, file: stretchFile(slot) };
  }
  // A delay for each stretch, and the last picture held by itself.
  return { stretches, cells, spareBytes: spareBytes + 8 * (cells.length + 1) };
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

/** Beyond it, a frame rate is told in thousandths. */
const LARGEST_TERM = 1_000_000;

/** The average of the stretches, in lowest terms. */
function frameRateOf({ timescale }: BasePictures, regions: readonly Region[]) {
  const stretches = regions.flatMap((region) => region.stretches);
  const num = sumOf(stretches.map(({ count }) => count)) * timescale;
  const den = sumOf(stretches.map(({ start, end }) => end - start));
  const exact = lowestTerms(num, den);
  if (Math.max(exact.num, exact.den) <= LARGEST_TERM) return exact;
  return lowestTerms(Math.max(1, Math.round((1000 * num) / den)), 1000);
}

function lowestTerms(num: number, den: number): { num: number; den: number } {
  let [divisor, rest] = [num, den];
  while (rest > 0) [divisor, rest] = [rest, divisor % rest];
  return { num: num / divisor, den: den / divisor };
}

/** Stretches follow each other: of two that would overlap the later one begins behind the other. */
function placeStretches(base: BasePictures, slots: readonly EditableSlot[]): StretchRequest[] {
  const placed: StretchRequest[] = [];
  for (const [slot, { pictures, slot: said }] of slots.entries()) {
    if (!pictures) continue;
    const { first, end, ...asked } = placeStretch(base, pictures);
    const last = placed.at(-1);
    const apart = !last || (first === last.end - 1 && asked.from > last.to);
    const free = apart ? first : Math.max(first, last.end);
    if (end <= free) {
      throw new AppError(
        "SLOT_INVALID",
        `slot ${slot + 1} at ${said.start.toFixed(2)} s has no pictures of its own: it is too near to slot ${slot}, give it a place behind that with --slot`,
      );
    }
    placed.push({ slot, said, first: free, end, ...asked });
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
  const { picture, pixel } = LEAST_BYTES;
  const least = sizes.length * (picture + about.width * about.height * pixel);
  const own = Math.max(least, sumOf(sizes));
  const growth = about.growable ? (own / (about.end - about.start)) * GROWTH_ROOM_SECONDS : 0;
  return Math.ceil(ALLOWANCE * own + growth);
}
