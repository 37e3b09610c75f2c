/** For each sample that is wanted the one before it, and how far it is towards the next, 0..1. */
export type Between = { at: Uint32Array; share: Float32Array };

/**
 * Where `count` samples lie between others, for bilinear interpolation.
 * @param options.placeOf In the others' numbers; beyond the first and the last it is that one.
 * @param options.last The last one's number.
 */
export function betweenSamples(
  count: number,
  { placeOf, last }: { placeOf: (index: number) => number; last: number },
): Between {
  const at = new Uint32Array(count);
  const share = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    const place = Math.max(0, Math.min(last, placeOf(index)));
    const before = Math.min(Math.floor(place), Math.max(0, last - 1));
    at[index] = before;
    share[index] = place - before;
  }
  return { at, share };
}

/** The levels at rows and columns of a plane of so many columns, `[row][column]`. */
export function resampled(
  { samples, width }: { samples: Uint8Array | Float32Array; width: number },
  { rows, columns }: { rows: Between; columns: Between },
): Float32Array {
  const count = columns.at.length;
  const result = new Float32Array(rows.at.length * count);
  for (let row = 0, to = 0; row < rows.at.length; row++) {
    const offset = (rows.at[row] ?? 0) * width;
    const down = rows.share[row] ?? 0;
    for (let column = 0; column < count; column++, to++) {
      const at = offset + (columns.at[column] ?? 0);
      const right = columns.share[column] ?? 0;
      const above = (samples[at] ?? 0) * (1 - right) + (samples[at + 1] ?? 0) * right;
      // A plane of one row has none below: its share is 0.
      const below =
        (samples[at + width] ?? 0) * (1 - right) + (samples[at + width + 1] ?? 0) * right;
      result[to] = above * (1 - down) + below * down;
    }
  }
  return result;
}
