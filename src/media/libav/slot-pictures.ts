import {
  AV_PIX_FMT_YUVJ420P,
  AV_PKT_DATA_DISPLAYMATRIX,
  AVCOL_RANGE_JPEG,
} from "node-av/constants";
import type { Stream } from "node-av/lib";
import { AppError } from "../../domain/app-error.ts";
import { NAL, nalType, sampleOf, unitsOfSample, unitsOfStream } from "../h264/nal-units.ts";
import {
  type ParameterSets,
  readConfiguration,
  readSequenceParameters,
} from "../h264/parameter-sets.ts";
import { type Input, openInput } from "./input.ts";
import { createPictureEncoder, type PictureColour } from "./picture-encoder.ts";
import { createPlaneDecoder } from "./plane-decoder.ts";

/** What the pictures of a slot have in common with the rest of their video. */
export type SlotPictureFormat = {
  /** Pixels, both even. */
  width: number;
  height: number;
  /** Pictures a second, in lowest terms. */
  frameRate: { num: number; den: number };
  sampleAspectRatio: { num: number; den: number };
  colour: PictureColour;
  /** How players turn the pictures, as FFmpeg's side data; null: they do not. */
  displayMatrix: Buffer | null;
  /** Of the parameter sets: another one than the base's pictures use. */
  parameterSetId: number;
};

export type SlotPictures = {
  /** Access units as MP4 holds them, without parameter sets, one a picture: decoded in the order of showing. */
  units: Uint8Array[];
  parameterSets: ParameterSets;
};

/** x264 quality that keeps all grain. */
const BEST_QUALITY = 18;
/** Those that are tried one after another until the pictures fit. */
const QUALITIES = [BEST_QUALITY, 22, 26, 30, 34];

/**
 * Options of x264 for pictures that stand among others: parameter sets of their own, which quality and
 * content do not change (`stitchable`), and key frames only where they are asked for.
 */
const stitched = (id: number) =>
  `sps-id=${id}:stitchable=1:scenecut=0:keyint=infinite:open-gop=0:bframes=0`;

/**
 * The pictures of a stretch in the order of showing, each y, u and v of 8 bits one after another.
 * @throws AppError MEDIA_UNREADABLE.
 */
export function readSlotPictures(file: string): { pictures: Buffer[]; format: SlotPictureFormat } {
  return { pictures: [...slotPictures(file)], format: slotPictureFormat(file) };
}

/** The same one at a time: all of a stretch may take a lot of memory. */
export function* slotPictures(file: string): Generator<Buffer> {
  using input = openInput(file);
  const video = videoOf(input);
  using decoder = createPlaneDecoder(video);
  for (const packet of input.packets()) {
    if (packet.streamIndex !== video.index) continue;
    const given = { data: Buffer.from(packet.data ?? []), pts: Number(packet.pts) };
    for (const { bytes } of decoder.decode(given)) yield bytes;
  }
  for (const { bytes } of decoder.finish()) yield bytes;
}

export function slotPictureFormat(file: string): SlotPictureFormat {
  using input = openInput(file);
  const video = videoOf(input);
  const configuration = readConfiguration(video.codecpar.extradata ?? Buffer.alloc(0));
  const [sps] = configuration?.sps ?? [];
  const parameters = sps && readSequenceParameters(sps);
  if (!parameters) {
    throw new AppError("MEDIA_UNREADABLE", `${input.name} is damaged: compile the base again`);
  }
  const { num, den } = video.avgFrameRate;
  return { ...pictureFormatOf(video, { num, den }), parameterSetId: parameters.id };
}

/** How a stream's pictures look; the frame rate is the caller's. */
export function pictureFormatOf(
  { codecpar }: Stream,
  frameRate: { num: number; den: number },
): Omit<SlotPictureFormat, "parameterSetId"> {
  const { num, den } = codecpar.sampleAspectRatio;
  return {
    width: codecpar.width,
    height: codecpar.height,
    frameRate,
    sampleAspectRatio: { num, den },
    colour: {
      primaries: codecpar.colorPrimaries,
      transfer: codecpar.colorTrc,
      space: codecpar.colorSpace,
      range: codecpar.format === AV_PIX_FMT_YUVJ420P ? AVCOL_RANGE_JPEG : codecpar.colorRange,
      chromaLocation: codecpar.chromaLocation,
    },
    displayMatrix: codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX),
  };
}

export type SlotEncoder = {
  parameterSets: ParameterSets;
  /** Adds the next picture and yields the access units that are due, as MP4 holds them. */
  encode(picture: Buffer, key: boolean): Generator<Buffer>;
  finish(): Generator<Buffer>;
  [Symbol.dispose](): void;
};

/** Encodes pictures that can stand in any order of runs, each run from a key frame on. */
export function createSlotEncoder(
  format: SlotPictureFormat,
  crf: number = BEST_QUALITY,
): SlotEncoder {
  const { parameterSetId, ...look } = format;
  const encoder = createPictureEncoder({
    encoder: "libx264",
    ...look,
    bFrames: 0,
    gop: -1,
    options: { preset: "veryfast", crf: String(crf), "x264-params": stitched(parameterSetId) },
  });
  const sets = unitsOfStream(Buffer.from(encoder.context.extraData ?? []));
  const sps = sets.find((unit) => nalType(unit) === NAL.sps);
  const pps = sets.find((unit) => nalType(unit) === NAL.pps);
  if (!sps || !pps) throw new AppError("INTERNAL", "the H.264 encoder gave no parameter sets");
  let count = 0;
  function* pictureUnits(packets: { data: Buffer }[]): Generator<Buffer> {
    for (const { data } of packets) {
      const slices = unitsOfStream(data).filter((unit) =>
        [NAL.slice, NAL.idr].some((type) => type === nalType(unit)),
      );
      yield sampleOf(slices);
    }
  }
  return {
    parameterSets: { sps, pps },
    *encode(picture, key) {
      yield* pictureUnits(encoder.encode(picture, count++, key));
    },
    *finish() {
      yield* pictureUnits(encoder.finish());
    },
    [Symbol.dispose]: () => encoder[Symbol.dispose](),
  };
}

export type EncodeSlotPictures = {
  /** The file of the stretch: it tells what the pictures are to look like. */
  like: string;
  /** Planes y, u and v of 8 bits one after another; asked for one at a time, and once. */
  pictures: Iterable<Buffer>;
  /** After so many pictures a key frame follows. */
  cuts: readonly number[];
  /** What all of them may take together; the quality is lowered until they do. No limit when left out. */
  maxBytes?: number;
};

/**
 * Encodes new pictures for a slot. The same pictures give the same bytes.
 * @throws AppError RENDER_FAILED when they do not fit at the lowest quality; INVALID_OPTION for a
 * picture of another size.
 */
export function encodeSlotPictures(request: EncodeSlotPictures): SlotPictures {
  const { like, cuts, maxBytes = Number.POSITIVE_INFINITY } = request;
  const format = slotPictureFormat(like);
  let { pictures } = request;
  let bytes = 0;
  for (const crf of QUALITIES) {
    const encoded = encodeAll(pictures, format, { crf, cuts });
    bytes = encoded.units.reduce((sum, unit) => sum + unit.length, 0);
    if (bytes <= maxBytes) return encoded;
    // The first attempt looks like what was given, so that need not be kept.
    if (pictures === request.pictures) pictures = decodedAgain(encoded, like);
  }
  throw new AppError(
    "RENDER_FAILED",
    `the pictures of a slot take ${bytes} bytes at the lowest quality and ${maxBytes} are left for them: use --lip-sync-provider none`,
  );
}

function encodeAll(
  pictures: Iterable<Buffer>,
  format: SlotPictureFormat,
  { crf, cuts }: { crf: number; cuts: readonly number[] },
): SlotPictures {
  using encoder = createSlotEncoder(format, crf);
  const size = (format.width * format.height * 3) / 2;
  const units: Uint8Array[] = [];
  let count = 0;
  for (const picture of pictures) {
    if (picture.length !== size) {
      throw new AppError(
        "INVALID_OPTION",
        `a picture for a slot has ${picture.length} bytes, not the ${size} of ${format.width}×${format.height} pixels`,
      );
    }
    const key = count === 0 || cuts.includes(count);
    for (const unit of encoder.encode(picture, key)) units.push(unit);
    count++;
  }
  for (const unit of encoder.finish()) units.push(unit);
  return { units, parameterSets: encoder.parameterSets };
}

/** The pictures of an encoding; can be gone through any number of times. */
function decodedAgain({ units, parameterSets }: SlotPictures, like: string): Iterable<Buffer> {
  return {
    *[Symbol.iterator]() {
      using input = openInput(like);
      using decoder = createPlaneDecoder(videoOf(input));
      const sets = [parameterSets.sps, parameterSets.pps];
      for (const [pts, unit] of units.entries()) {
        const slices = unitsOfSample(Buffer.from(unit.buffer, unit.byteOffset, unit.byteLength));
        const data = sampleOf(pts === 0 ? [...sets, ...slices] : slices);
        for (const { bytes } of decoder.decode({ data, pts })) yield bytes;
      }
      for (const { bytes } of decoder.finish()) yield bytes;
    },
  };
}

function videoOf({ video, name }: Input): Stream {
  if (video) return video;
  throw new AppError("MEDIA_UNREADABLE", `${name} has no picture: compile the base again`);
}
