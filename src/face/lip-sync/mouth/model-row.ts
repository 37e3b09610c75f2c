import type { Box, LocalFrame } from "../../portrait/local-frame.ts";
import { type PointRow, positionOf } from "../../portrait/point-row.ts";
import type { HeadMotion } from "./head-motion.ts";
import type { LightSlope } from "./light-match.ts";
import { coverAt, type MouthMask } from "./mouth-mask.ts";

/** The rows of a plane that may meet a box. */
export function rowsWithin({ top, bottom }: Box, scale: 1 | 2, rows: number) {
  const from = Math.max(0, Math.floor(top / scale));
  return { from, to: Math.min(rows, Math.ceil(bottom / scale) + 1) };
}

/** Sets a row to the points of a box, each where it is. */
export function setRow(
  row: PointRow,
  { scale, index, columns, box }: { scale: 1 | 2; index: number; columns: number; box: Box },
): void {
  row.scale = scale;
  row.at = positionOf(index, scale);
  row.from = Math.max(0, Math.floor(box.left / scale));
  row.to = Math.min(columns, Math.ceil(box.right / scale) + 1);
  for (let column = row.from; column < row.to; column++) {
    row.x[column] = positionOf(column, scale);
    row.y[column] = row.at;
  }
}

/** Sets how much of the model is laid over each point of a row; false when nothing is. */
export function coverRow(
  row: PointRow,
  {
    mask,
    frame,
    share,
    cover,
  }: { mask: MouthMask; frame: LocalFrame; share: number; cover: Float32Array },
): boolean {
  const { cos, sin, unit } = frame;
  let any = false;
  for (let column = row.from; column < row.to; column++) {
    const dx = (positionOf(column, row.scale) - frame.x) / unit;
    const dy = (row.at - frame.y) / unit;
    const covered = share * coverAt(mask, dx * cos + dy * sin, dy * cos - dx * sin);
    cover[column] = covered;
    if (covered > 0) any = true;
  }
  return any;
}

/** Takes the points of a row to where they are in the model. */
export function toModel(row: PointRow, { a, b, dx, dy }: HeadMotion): void {
  for (let column = row.from; column < row.to; column++) {
    const x = row.x[column] ?? 0;
    const y = row.y[column] ?? 0;
    row.x[column] = a * x - b * y + dx;
    row.y[column] = b * x + a * y + dy;
  }
}

/** Lays a line of the model, in the picture's light, over a row of `out` that begins at `offset`. */
export function layOver(
  row: PointRow,
  {
    line,
    cover,
    frame,
    light,
  }: { line: Uint8Array; cover: Float32Array; frame: LocalFrame; light: LightSlope },
  out: Uint8Array,
  offset: number,
): void {
  const { cos, sin, unit } = frame;
  const dy = (row.at - frame.y) / unit;
  for (let column = row.from; column < row.to; column++) {
    const share = cover[column] ?? 0;
    if (share === 0) continue;
    const dx = (positionOf(column, row.scale) - frame.x) / unit;
    const lit =
      (line[column] ?? 0) +
      light.at +
      light.across * (dx * cos + dy * sin) +
      light.down * (dy * cos - dx * sin);
    const under = out[offset + column] ?? 0;
    out[offset + column] = Math.max(0, Math.min(255, under + (lit - under) * share + 0.5));
  }
}
