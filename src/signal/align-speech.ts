/** How two sequences of feature vectors (see `speechFeatures`) that say the same go together. */
export type Alignment = {
  /** Where a frame of the first sequence is in the second, as a frame; halves are possible. */
  place(frame: number): number;
  /** Mean distance along the path: 0 for equal sounds, about 1 for unrelated ones. */
  cost: number;
  /** Mean distance along the part of the path from one frame of the first sequence to another. */
  costBetween(from: number, to: number): number;
};

/** A path may leave the diagonal by this many frames more than the lengths differ. */
const DEFAULT_SLACK_FRAMES = 80;

const DIAGONAL = 0;
const ALONG_FIRST = 1;
const ALONG_SECOND = 2;

/**
 * Dynamic time warping of two whole sequences inside a band around the diagonal (Sakoe and Chiba,
 * IEEE Trans. ASSP 26(1), 1978). Takes one byte for every frame of the first and of the band.
 * @returns null when one of them is empty.
 */
export function alignSpeech(
  first: readonly Float32Array[],
  second: readonly Float32Array[],
  slackFrames = DEFAULT_SLACK_FRAMES,
): Alignment | null {
  const [rows, columns] = [first.length, second.length];
  if (rows === 0 || columns === 0) return null;
  const reach = Math.abs(rows - columns) + slackFrames;
  const width = 2 * reach + 1;
  const leftOf = (row: number) => Math.round((row * columns) / rows) - reach;
  const steps = new Uint8Array(rows * width);
  let previous = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
  let current = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    current.fill(Number.POSITIVE_INFINITY);
    const left = leftOf(row);
    /** Where the previous row has the same column. */
    const shift = row === 0 ? 0 : left - leftOf(row - 1);
    const vector = first[row] ?? new Float32Array();
    const last = Math.min(columns, left + width);
    for (let column = Math.max(0, left); column < last; column++) {
      const at = column - left;
      const own = distance(vector, second[column] ?? vector);
      let best = row === 0 && column === 0 ? 0 : Number.POSITIVE_INFINITY;
      let step = DIAGONAL;
      const diagonal = at + shift - 1;
      if (row > 0 && diagonal >= 0 && diagonal < width) best = previous[diagonal] ?? best;
      const above = at + shift;
      if (row > 0 && above >= 0 && above < width && (previous[above] ?? best) < best) {
        best = previous[above] ?? best;
        step = ALONG_FIRST;
      }
      if (at > 0 && (current[at - 1] ?? best) < best) {
        best = current[at - 1] ?? best;
        step = ALONG_SECOND;
      }
      current[at] = best + own;
      steps[row * width + at] = step;
    }
    [previous, current] = [current, previous];
  }
  return traced({ first, second, steps, width, leftOf });
}

type Search = {
  first: readonly Float32Array[];
  second: readonly Float32Array[];
  steps: Uint8Array;
  width: number;
  leftOf: (row: number) => number;
};

/** Follows the best path back from its end. */
function traced({ first, second, steps, width, leftOf }: Search): Alignment {
  const rows = first.length;
  const earliest = new Int32Array(rows);
  const latest = new Int32Array(rows).fill(-1);
  const costs = new Float64Array(rows);
  const lengths = new Float64Array(rows);
  let [row, column] = [rows - 1, second.length - 1];
  for (;;) {
    earliest[row] = column;
    if ((latest[row] ?? 0) < 0) latest[row] = column;
    const [a, b] = [first[row], second[column]];
    if (a && b) costs[row] = (costs[row] ?? 0) + distance(a, b);
    lengths[row] = (lengths[row] ?? 0) + 1;
    if (row === 0 && column === 0) break;
    const step = steps[row * width + column - leftOf(row)];
    if (step !== ALONG_SECOND) row = Math.max(0, row - 1);
    if (step !== ALONG_FIRST) column = Math.max(0, column - 1);
  }
  const clamp = (frame: number) => Math.min(rows - 1, Math.max(0, Math.round(frame)));
  const costBetween = (from: number, to: number): number => {
    let [cost, length] = [0, 0];
    for (let at = clamp(from); at <= clamp(to); at++) {
      cost += costs[at] ?? 0;
      length += lengths[at] ?? 0;
    }
    return length === 0 ? 0 : cost / length;
  };
  return {
    place: (frame) => ((earliest[clamp(frame)] ?? 0) + (latest[clamp(frame)] ?? 0)) / 2,
    cost: costBetween(0, rows - 1),
    costBetween,
  };
}

/** 0 for vectors of one direction, 1 for unrelated ones, 2 for opposite ones; both of length 1. */
export function distance(a: Float32Array, b: Float32Array): number {
  let product = 0;
  for (let i = 0; i < a.length; i++) product += (a[i] ?? 0) * (b[i] ?? 0);
  return 1 - product;
}
