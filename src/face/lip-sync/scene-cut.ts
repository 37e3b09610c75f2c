import type { Picture } from "../../domain/face.ts";
import { firstSudden } from "../landmarks/first-sudden.ts";

/** A picture as the mean levels of so many fields. */
const FIELDS = { across: 16, down: 9 };
/** Of every so many pixels a row and column one is looked at. */
const STEP = 3;
/** Fields that change by more levels on average belong to another scene, unless all is in motion. */
const LEAST_CHANGE = 10;
/** A cut changes so many times as much as the pictures beside it do: motion, fades and flashes do not. */
const SUDDEN = 5;

/** What is needed of a picture to find a cut: the mean green of its fields, 0..255. */
export function sceneFields({ width, height, pixels }: Picture): Float64Array {
  const { across, down } = FIELDS;
  const sums = new Float64Array(across * down);
  const counts = new Float64Array(across * down);
  for (let y = 0; y < height; y += STEP) {
    const row = across * Math.floor((y * down) / height);
    for (let x = 0; x < width; x += STEP) {
      const field = row + Math.floor((x * across) / width);
      sums[field] = (sums[field] ?? 0) + (pixels[3 * (y * width + x) + 1] ?? 0);
      counts[field] = (counts[field] ?? 0) + 1;
    }
  }
  return sums.map((sum, field) => sum / Math.max(1, counts[field] ?? 1));
}

/** The first picture of another scene than the one before it shows; null when there is none. */
export function findSceneCut(pictures: readonly Float64Array[]): number | null {
  const changes = pictures.map((fields, index) => {
    const before = pictures[index - 1] ?? fields;
    const sum = fields.reduce((total, level, i) => total + Math.abs(level - (before[i] ?? 0)), 0);
    return sum / Math.max(1, fields.length);
  });
  return firstSudden(changes, { least: LEAST_CHANGE, times: SUDDEN }) ?? null;
}
