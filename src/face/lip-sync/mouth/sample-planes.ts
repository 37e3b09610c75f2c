import { clamp } from "../../portrait/easing.ts";
import type { Point } from "../../portrait/local-frame.ts";
import { chromaOf, type Yuv420 } from "../../portrait/planes.ts";
import type { Plane } from "../../portrait/point-row.ts";

export type Channel = "y" | "u" | "v";

/** One of a picture's planes, and pixels of luma between two of its columns or rows. */
export function planeOf(planes: Yuv420, channel: Channel): Plane & { scale: 1 | 2 } {
  const { width, height } = planes;
  return channel === "y"
    ? { samples: planes.y, width, height, scale: 1 }
    : { samples: planes[channel], width: chromaOf(width), height: chromaOf(height), scale: 2 };
}

/** The level between samples, bilinear, at a place of the picture in pixels of luma; outside that of its edge. */
export function levelAt(plane: Plane & { scale: 1 | 2 }, [px, py]: Point): number {
  const { samples, width, height, scale } = plane;
  const shift = scale === 1 ? 0 : 0.25;
  const x = clamp(px / scale - shift, 0, width - 1.001);
  const y = clamp(py / scale - shift, 0, height - 1.001);
  const left = Math.max(0, Math.floor(x));
  const at = Math.max(0, Math.floor(y)) * width + left;
  const tx = x - left;
  const ty = y - Math.max(0, Math.floor(y));
  const upper = (samples[at] ?? 0) * (1 - tx) + (samples[at + 1] ?? 0) * tx;
  const lower = (samples[at + width] ?? 0) * (1 - tx) + (samples[at + width + 1] ?? 0) * tx;
  return upper * (1 - ty) + lower * ty;
}

/** The mean of 3 × 3 places two pixels apart: grain and pores do not count. */
export function meanAt(plane: Plane & { scale: 1 | 2 }, [x, y]: Point): number {
  let sum = 0;
  for (let dy = -2; dy <= 2; dy += 2) {
    for (let dx = -2; dx <= 2; dx += 2) sum += levelAt(plane, [x + dx, y + dy]);
  }
  return sum / 9;
}
