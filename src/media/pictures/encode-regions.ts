import { type FileHandle, open } from "node:fs/promises";
import type { Stream } from "node-av/lib";
import { AppError } from "../../domain/app-error.ts";
import { diskError } from "../../domain/disk-error.ts";
import type { ParameterSets } from "../h264/parameter-sets.ts";
import { createPlaneDecoder, type PlaneDecoder } from "../libav/plane-decoder.ts";
import { createSlotEncoder, type SlotPictureFormat } from "../libav/slot-pictures.ts";
import { createStretchFile, type StretchFile } from "../libav/stretch-file.ts";
import { type Movie, readSample, type Track } from "../mp4/movie.ts";
import type { Region } from "./plan-stretches.ts";

export type EncodedRegions = {
  /** Holds the pictures of all regions, one behind the other. */
  file: FileHandle;
  /** Bytes of each picture, for each region. */
  sizes: number[][];
  parameterSets: ParameterSets;
};

export type EncodeRequest = {
  movie: Movie;
  track: Track;
  stream: Stream;
  /** When each of the base's samples is shown, in ticks and in the order of decoding. */
  pts: Float64Array;
  format: SlotPictureFormat;
  regions: readonly Region[];
  /** x264 quality. */
  crf: number;
  /** Path of the file that takes the pictures. */
  output: string;
  /** Path of the file of a slot's stretch. */
  stretchFile(slot: number): string;
};

/**
 * Decodes regions of a base once and encodes their pictures anew, one picture in memory at a time.
 * @returns null when the base's pictures do not come out of the decoder one for each sample.
 * @throws AppError OUTPUT_UNWRITABLE, DISK_FULL.
 */
export async function encodeRegions(request: EncodeRequest): Promise<EncodedRegions | null> {
  const file = await open(request.output, "w+").catch((cause: unknown) => {
    throw diskError(cause, request.output);
  });
  try {
    const sizes: number[][] = [];
    for (const region of request.regions) {
      const encoded = await encodeRegion(request, region, file);
      if (!encoded) {
        await file.close();
        return null;
      }
      sizes.push(encoded);
    }
    using encoder = createSlotEncoder(request.format, request.crf);
    return { file, sizes, parameterSets: encoder.parameterSets };
  } catch (error) {
    await file.close();
    throw error instanceof AppError ? error : diskError(error, request.output);
  }
}

async function encodeRegion(
  request: EncodeRequest,
  region: Region,
  file: FileHandle,
): Promise<number[] | null> {
  using decoder = createPlaneDecoder(request.stream);
  using encoder = createSlotEncoder(request.format, request.crf);
  using stretches = createStretchFiles(request, region);
  const { width, height } = request.format;
  const sizes: number[] = [];
  const write = async (unit: Buffer) => {
    await file.appendFile(unit);
    sizes.push(unit.length);
  };
  let next = 0;
  for await (const picture of decodeSamples(request, region, decoder)) {
    if (picture === null || picture.width !== width || picture.height !== height) return null;
    for (; region.pictures[next]?.source === picture.source; next++) {
      stretches.add(next, picture.bytes);
      const key = region.pictures[next]?.key ?? false;
      for (const unit of encoder.encode(picture.bytes, key)) await write(unit);
    }
  }
  for (const unit of encoder.finish()) await write(unit);
  return sizes.length === region.pictures.length ? sizes : null;
}

/** The pictures of a region in the order of showing; null for one that is not the next. */
async function* decodeSamples(
  { movie, track, pts }: EncodeRequest,
  { first, end }: Region,
  decoder: PlaneDecoder,
) {
  const shown = pts.slice(first, end).sort();
  let count = 0;
  const numbered = (picture: { bytes: Buffer; width: number; height: number; pts: number }) => {
    if (picture.pts !== shown[count]) return null;
    return { ...picture, source: first + count++ };
  };
  for (let sample = first; sample < end; sample++) {
    const data = await readSample(movie, track, sample);
    for (const picture of decoder.decode({ data, pts: pts[sample] ?? 0 })) yield numbered(picture);
  }
  for (const picture of decoder.finish()) yield numbered(picture);
}

/** Collects the pictures of each stretch of a region in its own file. */
function createStretchFiles({ format, stretchFile }: EncodeRequest, { stretches }: Region) {
  let open: StretchFile | null = null;
  return {
    add(picture: number, bytes: Buffer) {
      const stretch = stretches.find(
        ({ first, count }) => picture >= first && picture < first + count,
      );
      if (!stretch) return;
      open ??= createStretchFile(stretchFile(stretch.slot), format);
      open.add(bytes);
      if (picture !== stretch.first + stretch.count - 1) return;
      open.finish();
      open[Symbol.dispose]();
      open = null;
    },
    [Symbol.dispose]() {
      open?.[Symbol.dispose]();
    },
  };
}
