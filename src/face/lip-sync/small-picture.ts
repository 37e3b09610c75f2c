import type { Yuv420 } from "../portrait/planes.ts";
import type { Seen } from "./lip-sync-task.ts";

/**
 * A picture's colours, BT.709 of limited range, at no more than `maxSide` pixels a side: each pixel is
 * one of every `scale` in a row and column, which is good enough to look for faces.
 */
export function smallPicture(planes: Yuv420, maxSide: number): Seen {
  const scale = Math.max(1, Math.ceil(Math.max(planes.width, planes.height) / maxSide));
  const width = Math.floor(planes.width / scale);
  const height = Math.floor(planes.height / scale);
  const chromaWidth = (planes.width + 1) >> 1;
  const pixels = new Uint8Array(3 * width * height);
  for (let row = 0, at = 0; row < height; row++) {
    const luma = row * scale * planes.width;
    const chroma = ((row * scale) >> 1) * chromaWidth;
    for (let column = 0; column < width; column++, at += 3) {
      const x = column * scale;
      const y = 1.1644 * ((planes.y[luma + x] ?? 16) - 16);
      const u = (planes.u[chroma + (x >> 1)] ?? 128) - 128;
      const v = (planes.v[chroma + (x >> 1)] ?? 128) - 128;
      pixels[at] = level(y + 1.7927 * v);
      pixels[at + 1] = level(y - 0.2132 * u - 0.5329 * v);
      pixels[at + 2] = level(y + 2.1124 * u);
    }
  }
  return { picture: { width, height, pixels }, scale };
}

function level(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
}
