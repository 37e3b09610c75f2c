import { distance } from "./align-speech.ts";

/** A place where one sequence of feature vectors (see `speechFeatures`) is heard in a longer one. */
export type Spot = {
  /** Frames of the longer one, `start` inclusive, `end` exclusive. */
  start: number;
  end: number;
  /** Mean distance of the sought frames: 0 for equal sounds, about 1 for unrelated ones. */
  cost: number;
  /** Where a sought frame is in the longer sequence, as a frame; halves are possible. */
  place(frame: number): number;
  /** Mean distance of the sought frames `from` to `to`, both included. */
  costBetween(from: number, to: number): number;
};

const BEGIN = 0;
const EQUAL = 1;
const FASTER = 2;
const SLOWER = 3;

/**
 * Dynamic time warping of a whole sequence onto whatever part of a longer one is nearest to it, at half
 * to twice its pace (steps of type II; Rabiner and Juang, Fundamentals of Speech Recognition, 1993,
 * 4.7; Müller, Information Retrieval for Music and Motion, 2007, 4.4). Takes one byte for every pair
 * of frames.
 * @param count How many places at most, the best first, none overlapping another by half or more.
 */
export function spotSpeech(
  sought: readonly Float32Array[],
  heard: readonly Float32Array[],
  count = 1,
): Spot[] {
  const [rows, columns] = [sought.length, heard.length];
  if (rows === 0 || columns === 0) return [];
  const steps = new Uint8Array(rows * columns);
  const totals = totalCosts(sought, heard, steps);
  const spots: Spot[] = [];
  while (spots.length < count) {
    let last = -1;
    for (let column = 0; column < columns; column++) {
      if ((totals[column] ?? 0) < (totals[last] ?? Number.POSITIVE_INFINITY)) last = column;
    }
    if (last < 0) break;
    const spot = traced({ sought, heard, steps, last });
    spots.push(spot);
    const reach = Math.ceil((spot.end - spot.start) / 2);
    totals.fill(Number.POSITIVE_INFINITY, Math.max(0, last - reach), last + reach + 1);
  }
  return spots;
}

/** For each frame of `heard`: the least sum of distances of a path that ends there. */
function totalCosts(
  sought: readonly Float32Array[],
  heard: readonly Float32Array[],
  steps: Uint8Array,
): Float64Array {
  const columns = heard.length;
  const width = heard[0]?.length ?? 0;
  const flat = new Float32Array(columns * width);
  for (const [column, vector] of heard.entries()) flat.set(vector, column * width);
  const infinite = () => new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
  let [earlier, previous, current] = [infinite(), infinite(), infinite()];
  let [before, own] = [new Float64Array(columns), new Float64Array(columns)];
  for (const [row, vector] of sought.entries()) {
    for (let column = 0; column < columns; column++) {
      let product = 0;
      const at = column * width;
      for (let i = 0; i < width; i++) product += (vector[i] ?? 0) * (flat[at + i] ?? 0);
      own[column] = 1 - product;
    }
    for (let column = 0; column < columns; column++) {
      const here = own[column] ?? 0;
      let [best, step] = [row === 0 ? here : Number.POSITIVE_INFINITY, BEGIN];
      if (row > 0 && column > 0) {
        best = (previous[column - 1] ?? 0) + here;
        step = EQUAL;
        const faster =
          column > 1 ? (previous[column - 2] ?? 0) + ((own[column - 1] ?? 0) + here) / 2 : best;
        if (faster < best) [best, step] = [faster, FASTER];
        const slower = row > 1 ? (earlier[column - 1] ?? 0) + (before[column] ?? 0) + here : best;
        if (slower < best) [best, step] = [slower, SLOWER];
      }
      current[column] = best;
      steps[row * columns + column] = step;
    }
    [earlier, previous, current] = [previous, current, earlier];
    [before, own] = [own, before];
  }
  return previous;
}

type Search = {
  sought: readonly Float32Array[];
  heard: readonly Float32Array[];
  steps: Uint8Array;
  /** The frame of `heard` with which the path ends. */
  last: number;
};

/** Follows the best path back from its end. */
function traced({ sought, heard, steps, last }: Search): Spot {
  const rows = sought.length;
  const places = new Float64Array(rows);
  const costs = new Float64Array(rows);
  const note = (row: number, column: number, place: number): void => {
    places[row] = place;
    const [a, b] = [sought[row], heard[column]];
    if (a && b) costs[row] = distance(a, b);
  };
  let [row, column] = [rows - 1, last];
  for (;;) {
    const step = steps[row * heard.length + column];
    note(row, column, step === FASTER ? column - 0.5 : column);
    if (step === BEGIN) break;
    if (step === SLOWER) note(row - 1, column, column - 0.5);
    row -= step === SLOWER ? 2 : 1;
    column -= step === FASTER ? 2 : 1;
  }
  const clamp = (frame: number) => Math.min(rows - 1, Math.max(0, Math.round(frame)));
  const costBetween = (from: number, to: number): number => {
    const part = costs.subarray(clamp(from), clamp(to) + 1);
    return part.reduce((sum, cost) => sum + cost, 0) / part.length;
  };
  return {
    start: column,
    end: last + 1,
    cost: costBetween(0, rows - 1),
    place: (frame) => places[clamp(frame)] ?? 0,
    costBetween,
  };
}
