import type { Canvas } from "../drawing/canvas.ts";
import type { Area } from "../drawing/coverage.ts";

/** A picture in planes of Y, U and V, 4:2:0, BT.709, limited range, in one buffer. */
export type PicturePlanes = {
  readonly bytes: Buffer;
  /** Brings an area of the canvas over. */
  update(canvas: Canvas, area: Area): void;
};

/** `width` and `height` are even. */
export function createPicturePlanes(width: number, height: number): PicturePlanes {
  const size = width * height;
  const bytes = Buffer.alloc(size + size / 2);
  return {
    bytes,
    update({ pixels }, { left, top, right, bottom }) {
      for (let y = top & ~1; y < bottom; y += 2) {
        for (let x = left & ~1; x < right; x += 2) {
          let red = 0;
          let green = 0;
          let blue = 0;
          for (let k = 0; k < 4; k++) {
            const at = (y + (k >> 1)) * width + x + (k & 1);
            const r = pixels[3 * at] as number; // the canvas is as large as the planes
            const g = pixels[3 * at + 1] as number;
            const b = pixels[3 * at + 2] as number;
            // ITU-R BT.709-6, Kr 0.2126, Kb 0.0722; 16..235 and 16..240
            bytes[at] = 16.5 + 0.18259 * r + 0.61423 * g + 0.06201 * b;
            red += r;
            green += g;
            blue += b;
          }
          const at = size + (y >> 1) * (width >> 1) + (x >> 1);
          bytes[at] = 128.5 + (-0.10064 * red - 0.33857 * green + 0.43922 * blue) / 4;
          bytes[at + size / 4] = 128.5 + (0.43922 * red - 0.39894 * green - 0.04027 * blue) / 4;
        }
      }
    },
  };
}
