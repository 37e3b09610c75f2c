import type { Yuv420 } from "../portrait/planes.ts";

/**
 * Levels of 8 bits of full range and what they are in limited range (ITU-T H.273, 8.3), and the other
 * way round; there and back again is the same level or the one beside it.
 */
const LIMITED = {
  luma: table((level) => 16 + (level * 219) / 255),
  chroma: table((level) => 128 + ((level - 128) * 224) / 255),
};
const FULL = {
  luma: table((level) => ((level - 16) * 255) / 219),
  chroma: table((level) => 128 + ((level - 128) * 255) / 224),
};

/** A picture of full range as one of limited range. */
export function toLimitedRange(picture: Yuv420): Yuv420 {
  return looked(picture, LIMITED);
}

/** A picture of limited range as one of full range. */
export function toFullRange(picture: Yuv420): Yuv420 {
  return looked(picture, FULL);
}

function looked({ width, height, y, u, v }: Yuv420, { luma, chroma }: typeof FULL): Yuv420 {
  const through = (plane: Uint8Array, levels: Uint8ClampedArray) => {
    const out = new Uint8Array(plane.length);
    for (let i = 0; i < plane.length; i++) out[i] = levels[plane[i] ?? 0] ?? 0;
    return out;
  };
  return { width, height, y: through(y, luma), u: through(u, chroma), v: through(v, chroma) };
}

/** Rounds and clips. */
function table(of: (level: number) => number): Uint8ClampedArray {
  return Uint8ClampedArray.from({ length: 256 }, (_, level) => of(level));
}
