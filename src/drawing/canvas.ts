import {
  type Area,
  addPolygon,
  boundsOf,
  clip,
  NOWHERE,
  type Placement,
  place,
} from "./coverage.ts";
import type { Outline } from "./outline.ts";

/** Red, green, blue, 0..255. */
export type Color = readonly [number, number, number];

export type Paint = {
  color: Color;
  /** Colour at the outline's lower edge; between it and `color` the outline is shaded evenly. */
  lower?: Color;
  /** 0..1; 1 when left out. */
  alpha?: number;
};

/** A picture of RGB pixels that outlines are painted on, with soft edges. */
export type Canvas = {
  readonly width: number;
  readonly height: number;
  /** `[y][x][channel]`. */
  readonly pixels: Uint8ClampedArray;
  /** Paints an outline and returns the pixels that it may have touched. */
  fill(outline: Outline, paint: Paint, placement: Placement): Area;
  /** Copies an area from a picture of the same size. */
  restore(from: Uint8ClampedArray, area: Area): void;
};

export function createCanvas(width: number, height: number): Canvas {
  const pixels = new Uint8ClampedArray(3 * width * height);
  const coverage = new Float32Array((width + 2) * height);

  return {
    width,
    height,
    pixels,
    fill(outline, { color, lower = color, alpha = 1 }, placement) {
      const placed = outline.map((polygon) => place(polygon, placement));
      const exact = boundsOf(placed);
      const area = clip(exact, width, height);
      if (area.right <= area.left || area.bottom <= area.top) return NOWHERE;
      const stride = area.right - area.left + 2;
      coverage.fill(0, 0, stride * (area.bottom - area.top));
      for (const polygon of placed) addPolygon(coverage, stride, polygon, area);

      const shades = Math.max(1, exact.bottom - exact.top - 1);
      for (let y = area.top; y < area.bottom; y++) {
        const share = (y - exact.top) / shades;
        const red = color[0] + (lower[0] - color[0]) * share;
        const green = color[1] + (lower[1] - color[1]) * share;
        const blue = color[2] + (lower[2] - color[2]) * share;
        let sum = 0;
        let row = (y - area.top) * stride;
        let at = 3 * (y * width + area.left);
        for (let x = area.left; x < area.right; x++, at += 3) {
          sum += coverage[row++] as number; // within the rows that were cleared above
          const covered = Math.abs(sum);
          if (covered < 0.004) continue;
          const mix = covered > 0.996 ? alpha : alpha * covered;
          pixels[at] = (pixels[at] as number) * (1 - mix) + red * mix; // inside the canvas
          pixels[at + 1] = (pixels[at + 1] as number) * (1 - mix) + green * mix;
          pixels[at + 2] = (pixels[at + 2] as number) * (1 - mix) + blue * mix;
        }
      }
      return area;
    },
    restore(from, { left, top, right, bottom }) {
      for (let y = top; y < bottom; y++) {
        const start = 3 * (y * width + left);
        pixels.set(from.subarray(start, start + 3 * (right - left)), start);
      }
    },
  };
}
