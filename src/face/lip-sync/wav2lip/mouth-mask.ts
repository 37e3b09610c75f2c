import {
  CHIN,
  LIPS_OUTER_LOWER,
  LIPS_OUTER_UPPER,
  NOSE_TIP,
  SIDE_LEFT,
  SIDE_RIGHT,
} from "../../landmarks/landmark-groups.ts";
import { pointOf } from "../../landmarks/landmark-points.ts";
import { clamp, smoothstep } from "../../portrait/easing.ts";
import type { FaceBox } from "./face-box.ts";
import { CROP, CROP_AREA } from "./face-crop.ts";

/** What is made new of a face, `[row][column]` of its crop, 0..1. */
export type MouthMask = {
  /** How much of a pixel is new: 1 around the mouth, 0 at the crop's edges and above the nose's tip. */
  cover: Float32Array;
  /** How much of the recorded detail stays: 0 at the lips, 1 away from them. */
  keep: Float32Array;
  /** The first row with a cover. */
  firstRow: number;
};

/** From here to its edge the cover fades out, over its radius. */
const FEATHER_FROM = 0.7;
/** The cover ends as far below the chin, over the distance from the mouth to the chin: a jaw that falls. */
const BELOW_CHIN = 0.25;
/** Lips that open or spread stay within this, over the face's width and over the ways to nose and chin. */
const LIPS_ASIDE = 0.26;
const LIPS_UP = 0.55;
const LIPS_DOWN = 0.65;
/** From there on detail comes back, up to so many times as far away. */
const DETAIL_FROM = 0.8;
const DETAIL_AT = 1.3;

/** A lying egg: radii to its four sides from a middle. */
type Egg = { x: number; y: number; left: number; right: number; up: number; down: number };

/** @param landmarks Of the face in the picture that the box is of, pixels. */
export function mouthMask(landmarks: Float32Array, box: FaceBox): MouthMask {
  const place = (landmark: number) => {
    const { x, y } = pointOf(landmarks, landmark);
    return {
      x: ((x - box.left) * CROP) / (box.right - box.left) - 0.5,
      y: ((y - box.top) * CROP) / (box.bottom - box.top) - 0.5,
    };
  };
  const corners = [place(LIPS_OUTER_UPPER[0]), place(LIPS_OUTER_UPPER[10])] as const;
  const lips = [corners[0], corners[1], place(LIPS_OUTER_UPPER[5]), place(LIPS_OUTER_LOWER[5])];
  const x = mid(corners[0].x, corners[1].x);
  const y = lips.reduce((sum, one) => sum + one.y, 0) / lips.length;
  const [nose, chin] = [place(NOSE_TIP).y, place(CHIN).y];
  const [left, right] = [place(SIDE_LEFT).x, place(SIDE_RIGHT).x];
  const last = CROP - 1;
  const [up, down] = [y - nose, chin - y];
  const cover: Egg = {
    x,
    y,
    left: x - Math.max(0, left),
    right: Math.min(last, right) - x,
    up: y - Math.max(0, nose),
    down: Math.min(last, chin + BELOW_CHIN * down) - y,
  };
  const aside = LIPS_ASIDE * (right - left);
  const around: Egg = { x, y, left: aside, right: aside, up: LIPS_UP * up, down: LIPS_DOWN * down };
  return {
    cover: shaped(cover, (distance) => 1 - smoothstep(FEATHER_FROM, 1, distance)),
    keep: shaped(around, (distance) => smoothstep(DETAIL_FROM, DETAIL_AT, distance)),
    firstRow: clamp(Math.floor(y - cover.up), 0, last),
  };
}

/** A value for each pixel of the crop, by how far out it is in an egg: 0 in its middle, 1 at its edge. */
function shaped(egg: Egg, levelAt: (distance: number) => number): Float32Array {
  const values = new Float32Array(CROP_AREA);
  for (let row = 0, at = 0; row < CROP; row++) {
    const v = over(row - egg.y, row < egg.y ? egg.up : egg.down);
    for (let column = 0; column < CROP; column++, at++) {
      const u = over(column - egg.x, column < egg.x ? egg.left : egg.right);
      // Between an ellipse and its rectangle: a jaw is squarer than an egg.
      values[at] = levelAt(Math.cbrt(u * u * u + v * v * v));
    }
  }
  return values;
}

function over(distance: number, radius: number): number {
  return Math.abs(distance) / Math.max(radius, 1);
}

function mid(a: number, b: number): number {
  return (a + b) / 2;
}
