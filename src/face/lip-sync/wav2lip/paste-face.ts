import { smoothstep } from "../../portrait/easing.ts";
import { chromaOf, writeLevels, type Yuv420 } from "../../portrait/planes.ts";
import { type Between, betweenSamples, resampled } from "./between-samples.ts";
import type { FaceBox } from "./face-box.ts";
import { CROP, CROP_AREA } from "./face-crop.ts";
import type { MouthMask } from "./mouth-mask.ts";

/** Luma that changed by less keeps the recorded detail, by more none: what was there has moved. */
const SAME_LEVELS = 12;
const MOVED_LEVELS = 40;

export type FacePaste = {
  /** The whole crop as the network saw it and as it made it: blue, green, red, `[plane][row][column]`, 0..1. */
  seen: Float32Array;
  made: Float32Array;
  box: FaceBox;
  mask: MouthMask;
  /** How much of all this is shown, 0..1: less at the ends of a run of pictures. */
  share: number;
};

/**
 * Puts a face that was made into the picture it was made for. 96 pixels show no skin: away from the
 * lips the picture gets what the network changed, not what it made, and so keeps its own detail.
 * @param picture The recorded picture; only what is shown of the new face is written.
 */
export function pasteFace(picture: Yuv420, paste: FacePaste): void {
  const { box, mask } = paste;
  const change = changeOf(paste);
  const height = box.bottom - box.top;
  const region = {
    left: box.left,
    right: box.right,
    top: box.top + Math.floor((mask.firstRow * height) / CROP),
    bottom: box.bottom,
  };
  for (const [name, scale] of [
    ["y", 1],
    ["u", 2],
    ["v", 2],
  ] as const) {
    const width = scale === 1 ? picture.width : chromaOf(picture.width);
    const [top, bottom] = [samplesFrom(region.top, scale), samplesFrom(region.bottom, scale)];
    const [left, right] = [samplesFrom(region.left, scale), samplesFrom(region.right, scale)];
    const rows = placesOnCrop({ from: top, to: bottom, scale, first: box.top, side: height });
    const columns = placesOnCrop({
      ...{ from: left, to: right, scale },
      ...{ first: box.left, side: box.right - box.left },
    });
    const added = resampled({ samples: change[name], width: CROP }, { rows, columns });
    const lost = resampled({ samples: change.lost, width: CROP }, { rows, columns });
    const samples = picture[name];
    for (let row = top, at = 0; row < bottom; row++) {
      for (let column = left, to = row * width + left; column < right; column++, to++, at++) {
        const recorded = samples[to] ?? 0;
        const level = recorded * (1 - (lost[at] ?? 0)) + (added[at] ?? 0);
        samples[to] = level <= 0 ? 0 : level >= 255 ? 255 : Math.round(level);
      }
    }
  }
}

/** For each pixel of the crop: how much of the recorded level goes, and what is added to the rest. */
type Change = { lost: Float32Array; y: Float32Array; u: Float32Array; v: Float32Array };

function changeOf({ seen, made, mask, share }: FacePaste): Change {
  const plane = () => new Float32Array(CROP_AREA);
  const change: Change = { lost: plane(), y: plane(), u: plane(), v: plane() };
  const was = { y: 0, u: 0, v: 0 };
  const is = { y: 0, u: 0, v: 0 };
  for (let at = 0; at < CROP_AREA; at++) {
    const cover = share * (mask.cover[at] ?? 0);
    if (cover === 0) continue;
    writeLevels(colourAt(seen, at), was);
    writeLevels(colourAt(made, at), is);
    const moved = smoothstep(SAME_LEVELS, MOVED_LEVELS, Math.abs(is.y - was.y));
    const keep = (mask.keep[at] ?? 0) * (1 - moved);
    change.lost[at] = cover * (1 - keep);
    change.y[at] = cover * (is.y - keep * was.y);
    change.u[at] = cover * (is.u - keep * was.u);
    change.v[at] = cover * (is.v - keep * was.v);
  }
  return change;
}

function colourAt(planes: Float32Array, at: number) {
  return {
    blue: 255 * (planes[at] ?? 0),
    green: 255 * (planes[CROP_AREA + at] ?? 0),
    red: 255 * (planes[2 * CROP_AREA + at] ?? 0),
  };
}

/** The first sample of a plane whose place is at or behind a pixel's. */
function samplesFrom(pixel: number, scale: 1 | 2): number {
  return scale === 1 ? pixel : chromaOf(pixel);
}

/** Where the samples [from, to) of a plane lie on the crop of a box. */
function placesOnCrop(line: {
  from: number;
  to: number;
  scale: 1 | 2;
  first: number;
  side: number;
}): Between {
  const { from, to, scale, first, side } = line;
  return betweenSamples(to - from, {
    placeOf: (index) => {
      const pixel = scale === 1 ? from + index : 2 * (from + index) + 0.5;
      return ((pixel + 0.5 - first) * CROP) / side - 0.5;
    },
    last: CROP - 1,
  });
}
