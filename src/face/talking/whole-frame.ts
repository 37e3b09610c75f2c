import { chromaOf, type Yuv420 } from "../portrait/planes.ts";

/** A frame whose planes lie one after another in one buffer, as encoders take them. */
export function wholeFrame(width: number, height: number): { bytes: Buffer; planes: Yuv420 } {
  const luma = width * height;
  const chroma = chromaOf(width) * chromaOf(height);
  const bytes = Buffer.alloc(luma + 2 * chroma);
  const part = (from: number, length: number) =>
    new Uint8Array(bytes.buffer, bytes.byteOffset + from, length);
  return {
    bytes,
    planes: {
      width,
      height,
      y: part(0, luma),
      u: part(luma, chroma),
      v: part(luma + chroma, chroma),
    },
  };
}
