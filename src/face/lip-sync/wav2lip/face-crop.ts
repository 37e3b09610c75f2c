import { chromaOf, writeColour, type Yuv420 } from "../../portrait/planes.ts";
import { betweenSamples, resampled } from "./between-samples.ts";
import type { FaceBox } from "./face-box.ts";

/** Pixels a side of what the network sees and makes. */
export const CROP = 96;
/** Pixels of a crop. */
export const CROP_AREA = CROP * CROP;
/** Numbers of one face as the network sees it: 6 planes. */
export const FACE_LENGTH = 6 * CROP_AREA;
/** Numbers of one face as the network makes it, and of the whole crop within what it sees: 3 planes. */
export const MADE_LENGTH = 3 * CROP_AREA;
/** The first row that is not seen in the first three planes: this half is to be made. */
const FIRST_HIDDEN = CROP / 2;

/**
 * Writes a face as the network sees it to `out` from `offset`: `[plane][row][column]`, 0..1, blue, green
 * and red with the lower half black, then the same with all of it (`datagen` of `inference.py`,
 * Rudrabha/Wav2Lip). The box is scaled as there: bilinearly, without a filter.
 */
export function writeFace(picture: Yuv420, box: FaceBox, out: Float32Array, offset: number): void {
  const luma = resampled(
    { samples: picture.y, width: picture.width },
    placesIn(box, { scale: 1, picture }),
  );
  const chroma = placesIn(box, { scale: 2, picture });
  const width = chromaOf(picture.width);
  const blues = resampled({ samples: picture.u, width }, chroma);
  const reds = resampled({ samples: picture.v, width }, chroma);
  const levels = { y: 0, u: 0, v: 0 };
  const colour = { red: 0, green: 0, blue: 0 };
  const whole = offset + MADE_LENGTH;
  for (let at = 0; at < CROP_AREA; at++) {
    levels.y = luma[at] ?? 0;
    levels.u = blues[at] ?? 0;
    levels.v = reds[at] ?? 0;
    writeColour(levels, colour);
    out[whole + at] = colour.blue / 255;
    out[whole + CROP_AREA + at] = colour.green / 255;
    out[whole + 2 * CROP_AREA + at] = colour.red / 255;
  }
  for (let plane = 0; plane < 3; plane++) {
    const from = whole + plane * CROP_AREA;
    const to = offset + plane * CROP_AREA;
    const seen = FIRST_HIDDEN * CROP;
    out.copyWithin(to, from, from + seen);
    out.fill(0, to + seen, to + CROP_AREA);
  }
}

/** Where the crop's rows and columns lie in a plane: of luma (scale 1) or of chroma, between its pixels. */
function placesIn(
  { left, top, right, bottom }: FaceBox,
  { scale, picture }: { scale: 1 | 2; picture: Yuv420 },
) {
  const places = (first: number, end: number, side: number) =>
    betweenSamples(CROP, {
      placeOf: (index) => {
        const place = first + ((index + 0.5) * (end - first)) / CROP - 0.5;
        const inside = Math.max(first, Math.min(end - 1, place));
        return scale === 1 ? inside : (inside - 0.5) / 2;
      },
      last: (scale === 1 ? side : chromaOf(side)) - 1,
    });
  return {
    rows: places(top, bottom, picture.height),
    columns: places(left, right, picture.width),
  };
}
