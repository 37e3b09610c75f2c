/**
 * One row of a plane while it is made: for each of its columns where in the source it comes from, and
 * what is painted over. Every position is in pixels of luma, whole at a pixel's middle.
 */
export type PointRow = {
  x: Float32Array;
  y: Float32Array;
  /** Columns [from, to) are made; the others are those of the source. */
  from: number;
  to: number;
  /** Pixels of luma between two columns or rows of the plane: 1, or 2 for chroma. */
  scale: 1 | 2;
  /** Where the row lies in the picture. */
  at: number;
  ink: Ink;
};

/** What is painted over the samples of a row, per column: a colour and how much of it, 0..1. */
export type Ink = {
  cover: Float32Array;
  y: Float32Array;
  u: Float32Array;
  v: Float32Array;
  /** Columns [from, to) may have some. */
  from: number;
  to: number;
};

/** A row for planes of up to `width` columns. */
export function createPointRow(width: number): PointRow {
  const ink = {
    cover: new Float32Array(width),
    y: new Float32Array(width),
    u: new Float32Array(width),
    v: new Float32Array(width),
    from: width,
    to: 0,
  };
  return {
    x: new Float32Array(width),
    y: new Float32Array(width),
    from: 0,
    to: 0,
    scale: 1,
    at: 0,
    ink,
  };
}

/** Where column or row `index` of a plane lies in the picture: chroma between its pixels. */
export function positionOf(index: number, scale: 1 | 2): number {
  return scale === 1 ? index : 2 * index + 0.5;
}

/**
 * Columns of a row that are made and may come from a part of the picture.
 * @param slack How far the head may have moved them, pixels.
 */
export function columnsWithin(
  row: PointRow,
  { left, right }: { left: number; right: number },
  slack: number,
): { from: number; to: number } {
  return {
    from: Math.max(row.from, Math.floor((left - slack) / row.scale)),
    to: Math.min(row.to, Math.ceil((right + slack) / row.scale) + 1),
  };
}

/** Paints over a column; what is painted later lies on top. */
export function paint(
  ink: Ink,
  column: number,
  colour: { y: number; u: number; v: number },
  cover: number,
): void {
  const before = ink.cover[column] ?? 0;
  const under = before * (1 - cover);
  const all = under + cover;
  if (all <= 0) return;
  const share = cover / all;
  ink.y[column] = (ink.y[column] ?? 0) * (1 - share) + colour.y * share;
  ink.u[column] = (ink.u[column] ?? 0) * (1 - share) + colour.u * share;
  ink.v[column] = (ink.v[column] ?? 0) * (1 - share) + colour.v * share;
  ink.cover[column] = all;
  if (column < ink.from) ink.from = column;
  if (column >= ink.to) ink.to = column + 1;
}

/** Takes all ink away. */
export function clearInk(ink: Ink): void {
  if (ink.to > ink.from) ink.cover.fill(0, ink.from, ink.to);
  ink.from = ink.cover.length;
  ink.to = 0;
}

/** A plane of 8 bits, `[row][column]`. */
export type Plane = { samples: Uint8Array; width: number; height: number };

/**
 * Writes the columns of a row into `out`, whose row begins at `offset`: bilinear samples of the source;
 * positions outside it are its nearest edge.
 */
export function sampleRow(plane: Plane, row: PointRow, out: Uint8Array, offset: number): void {
  const { samples, width } = plane;
  const { x, y, from, to } = row;
  // Positions and shares are whole 256ths of a sample: a third faster than fractions.
  const perPixel = 256 / row.scale;
  const origin = row.scale === 1 ? 0.5 : -63.5;
  // A hair inside the last column and row, so that every sample has neighbours.
  const right = Math.max(0, 256 * (width - 1) - 1);
  const bottom = Math.max(0, 256 * (plane.height - 1) - 1);
  for (let column = from; column < to; column++) {
    const px = Math.max(0, Math.min(right, ((x[column] ?? 0) * perPixel + origin) | 0));
    const py = Math.max(0, Math.min(bottom, ((y[column] ?? 0) * perPixel + origin) | 0));
    const tx = px & 255;
    const at = (py >> 8) * width + (px >> 8);
    const below = at + width;
    const a = samples[at] ?? 0;
    const c = samples[below] ?? 0;
    const upper = (a << 8) + ((samples[at + 1] ?? 0) - a) * tx;
    const lower = (c << 8) + ((samples[below + 1] ?? 0) - c) * tx;
    out[offset + column] = ((upper << 8) + (lower - upper) * (py & 255) + 32768) >> 16;
  }
}

/** Lays one channel of the ink over a row of `out` that begins at `offset`. */
export function inkRow(ink: Ink, channel: Float32Array, out: Uint8Array, offset: number): void {
  for (let column = ink.from; column < ink.to; column++) {
    const cover = ink.cover[column] ?? 0;
    if (cover === 0) continue;
    const under = out[offset + column] ?? 0;
    out[offset + column] = under + ((channel[column] ?? 0) - under) * cover + 0.5;
  }
}
