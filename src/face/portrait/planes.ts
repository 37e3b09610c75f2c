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
const GREEN = 1 - RED - BLUE;
/** Levels of limited range for one of 0..255, of luma and of blue and red less luma. */
const LUMA_SCALE = 219 / 255;
const BLUE_SCALE = 224 / 255 / (2 - 2 * BLUE);
const RED_SCALE = 224 / 255 / (2 - 2 * RED);

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
      const luma = RED * red + GREEN * green + BLUE * blue;
      planes.y[at] = 16.5 + luma * LUMA_SCALE;
      const chroma = (row >> 1) * chromaWidth + (column >> 1);
      blues[chroma] = (blues[chroma] ?? 0) + (blue - luma);
      reds[chroma] = (reds[chroma] ?? 0) + (red - luma);
      counts[chroma] = (counts[chroma] ?? 0) + 1;
    }
  }
  for (let at = 0; at < counts.length; at++) {
    const count = counts[at] ?? 1;
    planes.u[at] = 128.5 + ((blues[at] ?? 0) / count) * BLUE_SCALE;
    planes.v[at] = 128.5 + ((reds[at] ?? 0) / count) * RED_SCALE;
  }
  return planes;
}

/** Levels of one place, not rounded. */
export type Levels = { y: number; u: number; v: number };

/** A colour of 0..255, not rounded. */
export type Colour = { red: number; green: number; blue: number };

/** Writes the colour of levels to `out`; what no screen can show is clipped. */
export function writeColour({ y, u, v }: Levels, out: Colour): void {
  const luma = (y - 16) / LUMA_SCALE;
  const blue = luma + (u - 128) / BLUE_SCALE;
  const red = luma + (v - 128) / RED_SCALE;
  out.red = clipped(red);
  out.green = clipped((luma - RED * red - BLUE * blue) / GREEN);
  out.blue = clipped(blue);
}

/** Writes the levels of a colour to `out`. */
export function writeLevels({ red, green, blue }: Colour, out: Levels): void {
  const luma = RED * red + GREEN * green + BLUE * blue;
  out.y = 16 + luma * LUMA_SCALE;
  out.u = 128 + (blue - luma) * BLUE_SCALE;
  out.v = 128 + (red - luma) * RED_SCALE;
}

function clipped(value: number): number {
  return Math.max(0, Math.min(255, value));
}
