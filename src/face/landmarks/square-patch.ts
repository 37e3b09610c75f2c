import type { Picture } from "../../domain/face.ts";

/** A square of a picture, which may be turned and may reach over the picture's edges. */
export type Square = {
  /** Its middle and its side in pixels; whole numbers are the pixels' upper left corners. */
  x: number;
  y: number;
  side: number;
  /** Clockwise, radians. */
  angle: number;
};

/** More samples than these a side of a patch's pixel show no better. */
const MAX_TAPS = 3;

/**
 * A square of a picture scaled to `size` pixels a side, `[y][x][channel]`, 0..255. A pixel made of
 * several of the picture's is their mean, else interpolated. What is outside the picture is black, or
 * like the picture's nearest pixel.
 */
export function squarePatch(
  { width, height, pixels }: Picture,
  { square, size, outside }: { square: Square; size: number; outside: "black" | "nearest" },
): Float32Array {
  const patch = new Float32Array(size * size * 3);
  const scale = square.side / size;
  const taps = Math.min(Math.max(Math.ceil(scale), 1), MAX_TAPS);
  const share = 1 / (taps * taps);
  const stepX = (Math.cos(square.angle) * scale) / taps;
  const stepY = (Math.sin(square.angle) * scale) / taps;
  const middle = (size * taps - 1) / 2;
  const [lastX, lastY] = [width - 1, height - 1];
  const between = scale < 2;

  // Plain loops over plain variables: written with functions and tuples they take five times as long.
  for (let row = 0; row < size * taps; row++) {
    let index = Math.trunc(row / taps) * size * 3;
    let x = square.x - middle * stepX - (row - middle) * stepY;
    let y = square.y - middle * stepY + (row - middle) * stepX;
    for (let column = 0; column < size; column++, index += 3) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let tap = 0; tap < taps; tap++, x += stepX, y += stepY) {
        if (outside === "black" && (x < 0 || y < 0 || x >= width || y >= height)) continue;
        if (between) {
          const px = Math.min(Math.max(x - 0.5, 0), lastX);
          const py = Math.min(Math.max(y - 0.5, 0), lastY);
          const left = Math.trunc(px);
          const top = Math.trunc(py);
          const a = (top * width + left) * 3;
          const b = left < lastX ? a + 3 : a;
          const c = top < lastY ? a + width * 3 : a;
          const d = c + b - a;
          const right = px - left;
          const below = py - top;
          const ofA = (1 - right) * (1 - below);
          const ofB = right * (1 - below);
          const ofC = (1 - right) * below;
          const ofD = right * below;
          red += at(a) * ofA + at(b) * ofB + at(c) * ofC + at(d) * ofD;
          green += at(a + 1) * ofA + at(b + 1) * ofB + at(c + 1) * ofC + at(d + 1) * ofD;
          blue += at(a + 2) * ofA + at(b + 2) * ofB + at(c + 2) * ofC + at(d + 2) * ofD;
        } else {
          const left = x < 0 ? 0 : x > lastX ? lastX : Math.trunc(x);
          const top = y < 0 ? 0 : y > lastY ? lastY : Math.trunc(y);
          const a = (top * width + left) * 3;
          red += at(a);
          green += at(a + 1);
          blue += at(a + 2);
        }
      }
      patch[index] = (patch[index] ?? 0) + red * share;
      patch[index + 1] = (patch[index + 1] ?? 0) + green * share;
      patch[index + 2] = (patch[index + 2] ?? 0) + blue * share;
    }
  }
  return patch;

  function at(index: number): number {
    return pixels[index] ?? 0;
  }
}
