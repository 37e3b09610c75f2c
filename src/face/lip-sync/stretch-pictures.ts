import { AVCOL_RANGE_JPEG } from "node-av/constants";
import { slotPictureFormat, slotPictures } from "../../media/libav/slot-pictures.ts";
import { degreesOf } from "../../media/probe.ts";
import { chromaOf, type Yuv420 } from "../portrait/planes.ts";
import { toFullRange, toLimitedRange } from "./level-range.ts";
import { type Turn, turnBack, turnPlanes } from "./turn-planes.ts";

/** Of one process: the next recipient of a campaign needs the same ones. */
const KEPT_BYTES = 400 * 2 ** 20;

/** The pictures of a stretch as they are worked on: upright, in limited range. */
export type StretchPictures = {
  pictures: Yuv420[];
  /** Whether players turn them by a quarter: the stretch is as high as these are wide. */
  sideways: boolean;
  /** A picture as the stretch has it, its planes one after another as encoders take them. */
  bytesOf(picture: Yuv420): Buffer;
};

/** Reads some of a stretch's pictures: `from` inclusive, `to` exclusive. */
export type ReadRange = (file: string, from: number, to: number) => StretchPictures;

/**
 * Reads a stretch bit by bit, with only what was asked for in memory: it goes on where it ended before,
 * anything else begins anew.
 */
export function createRangeReader(): ReadRange {
  let open: { file: string; next: number; pictures: Generator<Buffer>; work: Work } | null = null;
  return (file, from, to) => {
    if (open?.file !== file || open.next !== from) {
      open?.pictures.return(undefined);
      open = { file, next: 0, pictures: slotPictures(file), work: workOn(file) };
    }
    const { work } = open;
    const pictures: Yuv420[] = [];
    for (; open.next < to; open.next++) {
      const { value, done } = open.pictures.next();
      if (done) break;
      if (open.next >= from) pictures.push(work.worked(value));
    }
    return { pictures, sideways: work.sideways, bytesOf: work.bytesOf };
  };
}

type Kept = { file: string; read: StretchPictures; bytes: number };

/** Reads the pictures of stretches and keeps those read last, as far as they fit. */
export function createStretchPictures(keptBytes = KEPT_BYTES): (file: string) => StretchPictures {
  let kept: Kept[] = [];
  return (file) => {
    const found = kept.find((one) => one.file === file);
    const read = found?.read ?? readPictures(file);
    const bytes = read.pictures.reduce((sum, { y }) => sum + 1.5 * y.length, 0);
    kept = [{ file, read, bytes }, ...kept.filter((one) => one.file !== file)];
    let sum = 0;
    kept = kept.filter((one) => {
      sum += one.bytes;
      return sum <= keptBytes;
    });
    return read;
  };
}

function readPictures(file: string): StretchPictures {
  const { worked, ...work } = workOn(file);
  return { ...work, pictures: slotPictures(file).map(worked).toArray() };
}

type Work = Omit<StretchPictures, "pictures"> & { worked(bytes: Buffer): Yuv420 };

/** How pictures of a stretch become those that are worked on, and back. */
function workOn(file: string): Work {
  const format = slotPictureFormat(file);
  const turn = degreesOf(format.displayMatrix) as Turn; // it gives quarters
  const fullRange = format.colour.range === AVCOL_RANGE_JPEG;
  return {
    worked(bytes) {
      const planes = turnPlanes(planesIn(bytes, format), turn);
      return fullRange ? toLimitedRange(planes) : planes;
    },
    sideways: turn % 180 !== 0,
    bytesOf(picture) {
      const { y, u, v } = turnPlanes(fullRange ? toFullRange(picture) : picture, turnBack(turn));
      return Buffer.concat([y, u, v]);
    },
  };
}

/** The planes of a picture that lie one after another. */
function planesIn(bytes: Buffer, { width, height }: { width: number; height: number }): Yuv420 {
  const luma = width * height;
  const chroma = chromaOf(width) * chromaOf(height);
  const y = bytes.subarray(0, luma);
  const u = bytes.subarray(luma, luma + chroma);
  const v = bytes.subarray(luma + chroma, luma + 2 * chroma);
  return { width, height, y, u, v };
}
