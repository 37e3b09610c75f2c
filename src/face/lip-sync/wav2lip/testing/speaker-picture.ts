import { seededRandom } from "../../../../signal/seeded-random.ts";
import { madeFace } from "../../../landmarks/testing/made-face.ts";
import { chromaOf, createPlanes, type Yuv420 } from "../../../portrait/planes.ts";

/** A face of 180 by 225 pixels in a picture of 320 by 300, somewhat off its middle. */
export const SPEAKER = madeFace({ x: 150, y: 140, radius: 90 });

/** A picture whose colours change slowly from place to place, with grain of so many levels. */
export function slowPicture({ width = 320, height = 300, grain = 0, seed = 1 } = {}): Yuv420 {
  const random = seededRandom(seed);
  const picture = createPlanes(width, height);
  const wave = (x: number, y: number) => Math.sin(x / 40) + Math.cos(y / 50);
  for (let at = 0; at < width * height; at++) {
    const slow = 125 + 18 * wave(at % width, Math.floor(at / width));
    picture.y[at] = Math.round(slow + grain * (2 * random() - 1));
  }
  const columns = chromaOf(width);
  for (let at = 0; at < picture.u.length; at++) {
    const slow = wave(2 * (at % columns), 2 * Math.floor(at / columns));
    picture.u[at] = Math.round(120 + 4 * slow);
    picture.v[at] = Math.round(140 - 4 * slow);
  }
  return picture;
}

/** A copy, so that what is written into one can be told from the other. */
export function copyOf(picture: Yuv420): Yuv420 {
  const { y, u, v } = picture;
  return { ...picture, y: y.slice(), u: u.slice(), v: v.slice() };
}
