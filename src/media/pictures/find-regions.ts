import { NAL, nalType, unitsOfSample } from "../h264/nal-units.ts";
import { type Movie, readSample, type Track } from "../mp4/movie.ts";
import { readKeySamples } from "../mp4/picture-times.ts";
import { type BasePictures, cleanCuts, type StretchRequest } from "./plan-stretches.ts";

export type FoundRegion = { first: number; end: number; stretches: StretchRequest[] };

/**
 * The groups of pictures that stretches touch: each from a picture that decoding can begin with to
 * the next such one, or to the track's end.
 * @returns null when decoding cannot begin before a stretch.
 */
export async function findRegions(
  { movie, track }: { movie: Movie; track: Track },
  base: BasePictures,
  stretches: readonly StretchRequest[],
): Promise<FoundRegion[] | null> {
  const count = track.samples.sizes.length;
  const clean = cleanCuts(base.times);
  const keys = readKeySamples(track.box) ?? Array.from({ length: count }, (_, i) => i);
  const begins = async (sample: number): Promise<boolean> => {
    if (clean[sample] !== 1) return false;
    const units = unitsOfSample(await readSample(movie, track, sample));
    return units.some((unit) => nalType(unit) === NAL.idr);
  };
  const regions: FoundRegion[] = [];
  for (const stretch of stretches) {
    const last = regions.at(-1);
    if (last && stretch.first < last.end) {
      last.stretches.push(stretch);
      if (stretch.end > last.end) last.end = await nextKey(stretch.end);
      continue;
    }
    let first: number | null = null;
    for (const key of keys.filter((one) => one <= stretch.first).toReversed()) {
      if (!(await begins(key))) continue;
      first = key;
      break;
    }
    if (first === null) return null;
    regions.push({ first, end: await nextKey(stretch.end), stretches: [stretch] });
  }
  return regions;

  async function nextKey(from: number): Promise<number> {
    for (const key of keys) if (key >= from && (await begins(key))) return key;
    return count;
  }
}
