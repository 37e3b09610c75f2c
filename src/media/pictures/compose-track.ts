import type { TrackContents } from "../mp4/cells.ts";
import type { Track } from "../mp4/movie.ts";
import { readKeySamples } from "../mp4/picture-times.ts";
import type { StretchedTrack } from "../mp4/template-index.ts";
import type { EncodedRegions } from "./encode-regions.ts";
import type { BasePictures, Region } from "./plan-stretches.ts";

/** The base's samples with those of the regions replaced. */
export function composeTrack(
  track: Track,
  base: BasePictures,
  regions: readonly Region[],
  encoded: EncodedRegions,
) {
  const { samples } = track;
  const { times } = base;
  const baseKeys = readKeySamples(track.box) ?? samples.sizes.keys();
  const isKey = new Set(baseKeys);
  type Sample = { size: number; offset: number; place: number; dts: number; pts: number };
  const made: Sample[] = [];
  const keys: number[] = [];
  const added: TrackContents["added"] = [];
  const stretches: (StretchedTrack["stretches"][number] & { cuts: number[] })[] = [];
  let at = 0;
  let written = 0;
  const keepUntil = (end: number): void => {
    for (; at < end; at++) {
      if (isKey.has(at)) keys.push(made.length);
      const offset = samples.offsets[at] ?? 0;
      const [size = 0, dts = 0, pts = 0] = [samples.sizes[at], times.dts[at], times.pts[at]];
      made.push({ size, offset, place: offset, dts, pts });
    }
  };
  for (const [i, region] of regions.entries()) {
    keepUntil(region.first);
    const first = made.length;
    const share = (region.end - region.first) / region.pictures.length;
    for (const [k, { pts, dts, key }] of region.pictures.entries()) {
      if (key) keys.push(made.length);
      const size = encoded.sizes[i]?.[k] ?? 0;
      const place = samples.offsets[region.first + Math.floor(k * share)] ?? 0;
      made.push({ size, offset: written, place, dts, pts });
      written += size;
    }
    added.push({ first, end: made.length, file: encoded.file });
    for (const stretch of region.stretches) {
      stretches.push({ ...stretch, first: first + stretch.first });
    }
    at = region.end;
  }
  keepUntil(samples.sizes.length);
  const column = (of: (sample: Sample) => number) => Float64Array.from(made, of);
  const contents: TrackContents = {
    track,
    sizes: Uint32Array.from(made, ({ size }) => size),
    offsets: column(({ offset }) => offset),
    places: column(({ place }) => place),
    added,
    cells: [],
  };
  return {
    contents,
    times: { dts: column(({ dts }) => dts), pts: column(({ pts }) => pts), end: times.end },
    keys,
    stretches,
  };
}
