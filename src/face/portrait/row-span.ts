import { CELL, type HeadField } from "./head-field.ts";
import type { Box } from "./local-frame.ts";
import { type PointRow, positionOf } from "./point-row.ts";

/**
 * Sets the columns of a row that are made: those in cells that move and in `boxes`; and where their
 * points come from by the head alone.
 */
export function spanRow({
  row,
  columns,
  field,
  boxes,
}: {
  row: PointRow;
  columns: number;
  field: HeadField;
  boxes: readonly Box[];
}): void {
  const { scale } = row;
  const cellRow = Math.floor(row.at / CELL);
  const down = row.at / CELL - cellRow;
  const span = field.spans[cellRow] ?? { from: 0, to: 0 };
  const moves = field.farthest > 0 && span.from < span.to;
  let left = moves ? span.from : Number.POSITIVE_INFINITY;
  let right = moves ? span.to : Number.NEGATIVE_INFINITY;
  const slack = field.farthest + 2;
  for (const box of boxes) {
    left = Math.min(left, box.left - slack);
    right = Math.max(right, box.right + slack);
  }
  row.from = Math.max(0, Math.floor(left / scale));
  row.to = Math.min(columns, Math.ceil(right / scale));
  if (!(row.from < row.to)) {
    row.from = 0;
    row.to = 0;
    return;
  }
  const upper = cellRow * field.columns;
  const lower = upper + field.columns;
  const cellColumns = CELL / scale;
  for (let cell = Math.floor(row.from / cellColumns); cell * cellColumns < row.to; cell++) {
    const a = upper + cell;
    const b = lower + cell;
    const startX = between(field.x, a, b, down);
    const startY = between(field.y, a, b, down);
    const stepX = (between(field.x, a + 1, b + 1, down) - startX) / CELL;
    const stepY = (between(field.y, a + 1, b + 1, down) - startY) / CELL;
    const first = Math.max(row.from, cell * cellColumns);
    const end = Math.min(row.to, (cell + 1) * cellColumns);
    for (let column = first; column < end; column++) {
      const x = positionOf(column, scale);
      row.x[column] = x + startX + stepX * (x - cell * CELL);
      row.y[column] = row.at + startY + stepY * (x - cell * CELL);
    }
  }
}

function between(field: Float32Array, a: number, b: number, share: number): number {
  const low = field[a] ?? 0;
  return low + ((field[b] ?? 0) - low) * share;
}
