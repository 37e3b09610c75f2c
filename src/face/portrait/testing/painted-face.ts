import type { Picture } from "../../../domain/face.ts";
import { LANDMARKS } from "../../../domain/face.ts";
import {
  BROW_LEFT_LOWER,
  BROW_LEFT_UPPER,
  BROW_RIGHT_LOWER,
  BROW_RIGHT_UPPER,
  CHEEK_LEFT,
  CHEEK_RIGHT,
  CHIN,
  EYE_LEFT_LOWER,
  EYE_LEFT_UPPER,
  EYE_RIGHT_LOWER,
  EYE_RIGHT_UPPER,
  FACE_OVAL,
  LIPS_INNER_LOWER,
  LIPS_INNER_UPPER,
  LIPS_OUTER_LOWER,
  LIPS_OUTER_UPPER,
  NOSE_BASE,
  NOSE_TIP,
} from "../../landmarks/landmark-groups.ts";

type Rgb = readonly [red: number, green: number, blue: number];

/** Colours of the painted face that tests look for. */
export const SKIN: Rgb = [214, 170, 140];
export const LIPS: Rgb = [176, 80, 84];
export const WHITE: Rgb = [236, 232, 228];
export const IRIS: Rgb = [40, 60, 90];
export const BROW: Rgb = [70, 44, 30];
export const NOSE: Rgb = [250, 214, 190];

/** A face of ellipses on a chequered ground, all of it known. Pixels. */
export type PaintedFace = {
  picture: Picture;
  landmarks: Float32Array;
  mouth: { x: number; y: number; width: number };
  eyes: { x: number; y: number; width: number; height: number }[];
  browY: number;
  nose: { x: number; y: number };
};

/**
 * @param options.size Of the face's square, pixels; the picture's, without `width` and `height`.
 * @param options.x Middle of the face; without, the picture's.
 * @param options.gap Distance of the lips over the mouth's width; teeth are between them.
 * @param options.lineOff How far the inner lips' landmarks lie below the drawn line, in its width.
 * @param options.grey Whether all is grey.
 */
export function paintFace({
  size = 256,
  width = size,
  height = size,
  x = width / 2,
  y = height / 2,
  gap = 0,
  lineOff = 0,
  grey = false,
}: {
  size?: number;
  width?: number;
  height?: number;
  x?: number;
  y?: number;
  gap?: number;
  lineOff?: number;
  grey?: boolean;
} = {}): PaintedFace {
  const mouth = { x, y: y + 0.18 * size, width: 0.2 * size };
  const eyes = [-0.11, 0.11].map((aside) => ({
    x: x + aside * size,
    y: y - 0.08 * size,
    width: 0.12 * size,
    height: 0.05 * size,
  }));
  const browY = y - 0.17 * size;
  const nose = { x, y: y + 0.05 * size };

  const colourAt = (px: number, py: number): Rgb => {
    const u = (px - mouth.x) / mouth.width;
    const v = (py - mouth.y) / mouth.width;
    const arch = 1 - 4 * u * u;
    if (arch > 0) {
      const open = (gap / 2) * arch;
      if (gap > 0 && Math.abs(v) < open) return WHITE;
      if (gap === 0 && Math.abs(v) < 0.022) return [60, 24, 28];
      if (Math.abs(v) < open + 0.16 * arch) return LIPS;
    }
    for (const eye of eyes) {
      const along = (2 * (px - eye.x)) / eye.width;
      const down = (2 * (py - eye.y)) / eye.height;
      if (along * along + Math.abs(down) < 1) {
        return Math.hypot(px - eye.x, py - eye.y) < 0.42 * eye.height ? IRIS : WHITE;
      }
      const brow = Math.abs(py - browY) < 0.014 * size && Math.abs(along) < 1.2;
      if (brow) return BROW;
    }
    if (Math.hypot(px - nose.x, py - nose.y) < 0.022 * size) return NOSE;
    const inFace = ((px - x) / (0.27 * size)) ** 2 + ((py - y) / (0.38 * size)) ** 2 < 1;
    if (inFace) return SKIN;
    const light = (Math.floor(px / 8) + Math.floor(py / 8)) % 2 === 0;
    return light ? [150, 170, 190] : [60, 80, 110];
  };

  const pixels = new Uint8Array(3 * width * height);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at += 3) {
      const [red, green, blue] = colourAt(column, row);
      const mean = Math.round((red + green + blue) / 3);
      pixels.set(grey ? [mean, mean, mean] : [red, green, blue], at);
    }
  }

  const landmarks = new Float32Array(2 * LANDMARKS);
  const put = (index: number, px: number, py: number) => landmarks.set([px, py], 2 * index);
  for (let index = 0; index < LANDMARKS; index++) put(index, x, y);
  FACE_OVAL.forEach((index, place) => {
    const turn = (2 * Math.PI * place) / FACE_OVAL.length;
    put(index, x + 0.27 * size * Math.sin(turn), y - 0.38 * size * Math.cos(turn));
  });
  put(CHIN, x, y + 0.38 * size);
  put(NOSE_TIP, nose.x, nose.y);
  NOSE_BASE.forEach((index, place) => {
    put(index, x + (place - 3) * 0.018 * size, y + 0.09 * size);
  });
  const arc = (indices: readonly number[], lift: (arch: number) => number) => {
    indices.forEach((index, place) => {
      const u = place / (indices.length - 1) - 0.5;
      put(index, mouth.x + u * mouth.width, mouth.y + lift(1 - 4 * u * u) * mouth.width);
    });
  };
  arc(LIPS_INNER_UPPER, (arch) => lineOff - (gap / 2) * arch);
  arc(LIPS_INNER_LOWER, (arch) => lineOff + (gap / 2) * arch);
  arc(LIPS_OUTER_UPPER, (arch) => -(gap / 2 + 0.16) * arch);
  arc(LIPS_OUTER_LOWER, (arch) => (gap / 2 + 0.16) * arch);
  const lids = [
    [EYE_LEFT_UPPER, EYE_LEFT_LOWER],
    [EYE_RIGHT_UPPER, EYE_RIGHT_LOWER],
  ] as const;
  const brows = [
    [BROW_LEFT_UPPER, BROW_LEFT_LOWER],
    [BROW_RIGHT_UPPER, BROW_RIGHT_LOWER],
  ] as const;
  eyes.forEach((eye, side) => {
    [-1, 1].forEach((down, edge) => {
      const line = lids[side]?.[edge] ?? [];
      line.forEach((index, place) => {
        const along = (2 * place) / (line.length - 1) - 1;
        const lift = (eye.height / 2) * (1 - along * along) * down;
        put(index, eye.x + (along * eye.width) / 2, eye.y + lift);
      });
      const brow = brows[side]?.[edge] ?? [];
      brow.forEach((index, place) => {
        put(index, eye.x + (place / 4 - 0.5) * 1.2 * eye.width, browY + down * 0.014 * size);
      });
    });
  });
  CHEEK_LEFT.forEach((index, place) => {
    put(index, x - 0.13 * size, y + (0.02 + 0.01 * place) * size);
  });
  CHEEK_RIGHT.forEach((index, place) => {
    put(index, x + 0.13 * size, y + (0.02 + 0.01 * place) * size);
  });
  return { picture: { width, height, pixels }, landmarks, mouth, eyes, browY, nose };
}
