import type { Picture } from "../../domain/face.ts";

/**
 * A picture in planar YUV 4:2:0 of 8 bits, BT.709 of limited range: `y` is `[row][column]` of 16..235,
 * `u` and `v` have half as many rows and columns, rounded up, of 16..240 around 128.
 */
export type Yuv420 = {
  width: number;
  height: number;
  y: Uint8Array;
  u: Uint8Array;
  v: Uint8Array;
};

/** Black planes for a picture of this size. */
export function createPlanes(width: number, height: number): Yuv420 {
  const chroma = chromaOf(width) * chromaOf(height);
  return {
    width,
    height,
    y: new Uint8Array(width * height).fill(16),
    u: new Uint8Array(chroma).fill(128),
    v: new Uint8Array(chroma).fill(128),
  };
}

/** Columns (or rows) of the chroma planes of a picture with so many. */
export function chromaOf(side: number): number {
  return (side + 1) >> 1;
}

/** Rec. ITU-R BT.709-6, 3.2 to 3.5: the weights of red and blue in luma. */
const RED = 0.2126;
const BLUE = 0.0722;

/** A picture's planes; each sample of chroma is the mean of its pixels. */
export function planesOf({ width, height, pixels }: Picture): Yuv420 {
  const planes = createPlanes(width, height);
  const chromaWidth = chromaOf(width);
  const blues = new Float32Array(planes.u.length);
  const reds = new Float32Array(planes.v.length);
  const counts = new Uint8Array(planes.u.length);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at++) {
      const red = pixels[3 * at] ?? 0;
      const green = pixels[3 * at + 1] ?? 0;
      const blue = pixels[3 * at + 2] ?? 0;
      const luma = RED * red + (1 - RED - BLUE) * green + BLUE * blue;
      planes.y[at] = 16.5 + luma * (219 / 255);
      const chroma = (row >> 1) * chromaWidth + (column >> 1);
      blues[chroma] = (blues[chroma] ?? 0) + (blue - luma);
      reds[chroma] = (reds[chroma] ?? 0) + (red - luma);
      counts[chroma] = (counts[chroma] ?? 0) + 1;
    }
  }
  const blueScale = 224 / 255 / (2 - 2 * BLUE);
  const redScale = 224 / 255 / (2 - 2 * RED);
  for (let at = 0; at < counts.length; at++) {
    const count = counts[at] ?? 1;
    planes.u[at] = 128.5 + ((blues[at] ?? 0) / count) * blueScale;
    planes.v[at] = 128.5 + ((reds[at] ?? 0) / count) * redScale;
  }
  return planes;
}
