import type { MouthShape, VisemeSpan } from "../../domain/face.ts";
import { DOMINANCE, MOUTH_SHAPES } from "./mouth-shapes.ts";

export type Parameter = keyof MouthShape;
export const PARAMETERS: readonly Parameter[] = [
  "open",
  "wide",
  "round",
  "press",
  "teeth",
  "tongue",
];

/** The course of each parameter: entry i is the mouth at `start + i · step`, seconds. */
export type Course = { start: number; step: number; length: number } & Record<
  Parameter,
  Float32Array
>;

/** How far a viseme is felt before and after its own time. */
const REACH_SECONDS = 0.045;
const STEP_SECONDS = 0.005;
/** At both ends the mouth comes from rest and goes to it. */
const MARGIN_SECONDS = 0.15;

/**
 * Blends what the visemes want: at each moment the mean of their shapes, each weighted by its dominance,
 * which falls off as a cosine over {@link REACH_SECONDS} beyond its span. Before the first and after
 * the last the mouth is at rest.
 * @param spans Without gaps.
 */
export function blendVisemes(spans: readonly VisemeSpan[]): Course {
  const first = spans[0]?.start ?? 0;
  const last = spans.at(-1)?.end ?? first;
  const start = first - MARGIN_SECONDS;
  const length = Math.ceil((last - first + 2 * MARGIN_SECONDS) / STEP_SECONDS) + 1;
  const column = () => new Float32Array(length);
  const course: Course = {
    start,
    step: STEP_SECONDS,
    length,
    open: column(),
    wide: column(),
    round: column(),
    press: column(),
    teeth: column(),
    tongue: column(),
  };
  const weights = column();
  const add = ({ viseme, start: from, end }: VisemeSpan) => {
    const begin = Math.max(0, Math.ceil((from - REACH_SECONDS - start) / STEP_SECONDS));
    const beyond = Math.min(length - 1, Math.floor((end + REACH_SECONDS - start) / STEP_SECONDS));
    const shape = MOUTH_SHAPES[viseme];
    for (let i = begin; i <= beyond; i++) {
      const seconds = start + i * STEP_SECONDS;
      const outside = Math.max(from - seconds, seconds - end, 0) / REACH_SECONDS;
      const weight = DOMINANCE[viseme] * fade(outside);
      weights[i] = (weights[i] ?? 0) + weight;
      for (const parameter of PARAMETERS) {
        const values = course[parameter];
        values[i] = (values[i] ?? 0) + weight * shape[parameter];
      }
    }
  };
  add({ viseme: "sil", start: start - 1, end: first });
  for (const span of spans) add(span);
  add({ viseme: "sil", start: last, end: last + MARGIN_SECONDS + 1 });
  for (const parameter of PARAMETERS) {
    const values = course[parameter];
    for (let i = 0; i < length; i++) values[i] = (values[i] ?? 0) / (weights[i] ?? 1);
  }
  return course;
}

/** 1 at 0, 0 from 1 on, without a corner. */
export function fade(distance: number): number {
  return distance >= 1 ? 0 : 0.5 + 0.5 * Math.cos(Math.PI * Math.max(0, distance));
}

/**
 * Takes from `values` what they rise or fall faster than `most` from one to the next: the highest
 * course below them that is slow enough, so that what is closed stays closed.
 */
export function limitSlope(values: Float32Array, most: number): void {
  for (let i = 1; i < values.length; i++) {
    values[i] = Math.min(values[i] ?? 0, (values[i - 1] ?? 0) + most);
  }
  for (let i = values.length - 2; i >= 0; i--) {
    values[i] = Math.min(values[i] ?? 0, (values[i + 1] ?? 0) + most);
  }
}

/** Rounds the corners of `values`: each becomes the mean of its neighbourhood, `reach` to either side. */
export function roundCorners(values: Float32Array, reach: number): void {
  const sharp = values.slice();
  for (let i = reach; i < values.length - reach; i++) {
    let sum = 0;
    for (let k = i - reach; k <= i + reach; k++) sum += sharp[k] ?? 0;
    values[i] = sum / (2 * reach + 1);
  }
}
