import { readSlotPictures } from "../../media/libav/slot-pictures.ts";
import { chromaOf, type Yuv420 } from "../portrait/planes.ts";

/** Of one process: the next recipient of a campaign needs the same ones. */
const KEPT_BYTES = 400 * 2 ** 20;

type Kept = { file: string; pictures: Yuv420[]; bytes: number };

/** Reads the pictures of stretches and keeps those read last, as far as they fit. */
export function createStretchPictures(keptBytes = KEPT_BYTES): (file: string) => Yuv420[] {
  let kept: Kept[] = [];
  return (file) => {
    const found = kept.find((one) => one.file === file);
    const pictures = found?.pictures ?? readPictures(file);
    const bytes = pictures.reduce((sum, { y }) => sum + 1.5 * y.length, 0);
    kept = [{ file, pictures, bytes }, ...kept.filter((one) => one.file !== file)];
    let sum = 0;
    kept = kept.filter((one) => {
      sum += one.bytes;
      return sum <= keptBytes;
    });
    return pictures;
  };
}

function readPictures(file: string): Yuv420[] {
  const { pictures, format } = readSlotPictures(file);
  return pictures.map((bytes) => planesIn(bytes, format));
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

/** A picture's planes one after another, as encoders take them. */
export function bytesOf({ y, u, v }: Yuv420): Buffer {
  return Buffer.concat([y, u, v]);
}
