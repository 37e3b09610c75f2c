import type { Picture } from "../../domain/face.ts";

/** A part of a picture, in its pixels; it may reach beyond the picture. */
export type Part = { left: number; top: number; width: number; height: number };

/**
 * A part of a picture as a picture of another size, with its landmarks. Each pixel is the mean of what
 * it covers (or, enlarged, in between its neighbours); beyond the picture its edge goes on.
 */
export function fitPicture(
  picture: Picture,
  landmarks: Float32Array,
  { part, width, height }: { part: Part; width: number; height: number },
): { picture: Picture; landmarks: Float32Array } {
  const [scaleX, scaleY] = [part.width / width, part.height / height];
  const columns = weightsOf({ count: width, from: part.left, scale: scaleX, limit: picture.width });
  const rows = weightsOf({ count: height, from: part.top, scale: scaleY, limit: picture.height });
  return {
    picture: { width, height, pixels: resampled(picture, columns, rows) },
    landmarks: landmarks.map((value, index) =>
      index % 2 === 0 ? (value - part.left) / scaleX : (value - part.top) / scaleY,
    ),
  };
}

/** For each pixel of the result: the pixels of the source it is made of, and how much of each. */
type Weights = { at: number; share: number }[][];

function weightsOf(side: { count: number; from: number; scale: number; limit: number }): Weights {
  const { count, from, scale, limit } = side;
  const reach = Math.max(1, scale);
  return Array.from({ length: count }, (_, index) => {
    const centre = from + (index + 0.5) * scale - 0.5;
    const shares: { at: number; share: number }[] = [];
    for (let at = Math.ceil(centre - reach); at <= centre + reach; at++) {
      const share = 1 - Math.abs(at - centre) / reach;
      if (share > 0) shares.push({ at: Math.min(limit - 1, Math.max(0, at)), share });
    }
    const sum = shares.reduce((total, { share }) => total + share, 0);
    return shares.map(({ at, share }) => ({ at, share: share / sum }));
  });
}

function resampled({ width, pixels }: Picture, columns: Weights, rows: Weights): Uint8Array {
  const result = new Uint8Array(3 * columns.length * rows.length);
  const line = new Float32Array(3 * columns.length);
  let at = 0;
  for (const row of rows) {
    line.fill(0);
    for (const { at: y, share: weight } of row) {
      for (const [x, column] of columns.entries()) {
        for (const { at: from, share } of column) {
          const source = 3 * (y * width + from);
          for (let c = 0; c < 3; c++) {
            line[3 * x + c] = (line[3 * x + c] ?? 0) + weight * share * (pixels[source + c] ?? 0);
          }
        }
      }
    }
    for (const value of line) result[at++] = Math.round(value);
  }
  return result;
}
