import type { Picture } from "../domain/face.ts";
import type { Color } from "./canvas.ts";
import type { Placement } from "./coverage.ts";
import { blurred, type Mask, maskOf, within, without } from "./mask.ts";
import type { Outline } from "./outline.ts";

/** Colours along a way from 0 to 1. */
export type Stops = readonly (readonly [at: number, color: Color])[];

/** Colours that change along a line, or from a centre outwards, in the painting's units. */
export type Gradient =
  | { stops: Stops; from: readonly [number, number]; to: readonly [number, number] }
  | { stops: Stops; centre: readonly [number, number]; radius: readonly [number, number] };

export type Tint = {
  color: Color | Gradient;
  /** 0..1; 1 when left out. */
  alpha?: number;
  /** `cover` when left out; `multiply` darkens as a glaze does, `screen` brightens as light does. */
  blend?: keyof typeof BLENDS;
};

export type Softness = {
  /** Standard deviation of the edge's blur, in the painting's units. */
  blur?: number;
  /** Nothing outside is painted. */
  within?: Mask;
  /** Nothing inside is painted. */
  without?: Mask;
};

/** A picture painted in layers, whose colours are rounded only when it is done. */
export type Painting = {
  mask(outline: Outline, softness?: Softness): Mask;
  fill(mask: Mask, tint: Tint): void;
  paint(outline: Outline, tint: Tint & Softness): void;
  picture(): Picture;
};

/** Entries of a gradient's table. */
const TABLE = 512;
/** Paint thinner than that leaves no trace. */
const LEAST_MIX = 0.002;

/** Shares of the paint's colour, of the colour below it and of their product (W3C, Compositing 1). */
const BLENDS = {
  cover: { own: 1, below: 0, both: 0 },
  multiply: { own: 0, below: 0, both: 1 / 255 },
  screen: { own: 1, below: 1, both: -1 / 255 },
} as const;

/** A square painting of `size` pixels that stand for `units`, x = 0 in its middle, y = 0 at its top. */
export function createPainting({ size, units }: { size: number; units: number }): Painting {
  const bounds = { width: size, height: size };
  const placement: Placement = { scale: size / units, x: size / 2, y: 0 };
  const colors = new Float32Array(3 * size * size);

  const mask = (outline: Outline, softness: Softness = {}): Mask => {
    let soft = maskOf(outline, placement, bounds);
    if (softness.blur) soft = blurred(soft, softness.blur * placement.scale, bounds);
    if (softness.within) soft = within(soft, softness.within);
    return softness.without ? without(soft, softness.without) : soft;
  };

  const fill = ({ area, values }: Mask, { color, alpha = 1, blend = "cover" }: Tint): void => {
    const { table, entryAt } = shaderOf(color, placement);
    const { own, below, both } = BLENDS[blend];
    const wide = area.right - area.left;
    for (let y = area.top; y < area.bottom; y++) {
      const row = (y - area.top) * wide - area.left;
      for (let x = area.left; x < area.right; x++) {
        const mix = alpha * (values[row + x] as number); // the mask's own area
        if (mix < LEAST_MIX) continue;
        const entry = 3 * entryAt(x, y);
        const at = 3 * (y * size + x);
        for (let channel = 0; channel < 3; channel++) {
          const under = colors[at + channel] as number; // inside the painting
          const over = table[entry + channel] as number; // inside the table
          const blended = own * over + below * under + both * over * under;
          colors[at + channel] = under + (blended - under) * mix;
        }
      }
    }
  };

  return {
    mask,
    fill,
    paint: (outline, look) => fill(mask(outline, look), look),
    picture: () => ({ width: size, height: size, pixels: dithered(colors, size) }),
  };
}

/** Colours by their place in a table: one for a plain colour, many for a gradient. */
type Shader = { table: Float32Array; entryAt: (x: number, y: number) => number };

function shaderOf(color: Color | Gradient, { scale, x: left, y: top }: Placement): Shader {
  if (!("stops" in color)) return { table: Float32Array.from(color), entryAt: () => 0 };
  const table = tableOf(color.stops);
  const entryOf = (share: number) => Math.round(Math.min(Math.max(share, 0), 1) * (TABLE - 1));
  if ("centre" in color) {
    const [cx, cy] = color.centre;
    const [rx, ry] = color.radius;
    const unitsX = (x: number) => ((x + 0.5 - left) / scale - cx) / rx;
    const unitsY = (y: number) => ((y + 0.5 - top) / scale - cy) / ry;
    return { table, entryAt: (x, y) => entryOf(Math.sqrt(unitsX(x) ** 2 + unitsY(y) ** 2)) };
  }
  const [fromX, fromY] = color.from;
  const [dx, dy] = [color.to[0] - fromX, color.to[1] - fromY];
  const squared = dx * dx + dy * dy;
  const share = (x: number, y: number) =>
    (((x + 0.5 - left) / scale - fromX) * dx + ((y + 0.5 - top) / scale - fromY) * dy) / squared;
  return { table, entryAt: (x, y) => entryOf(share(x, y)) };
}

function tableOf(stops: Stops): Float32Array {
  const table = new Float32Array(3 * TABLE);
  for (let i = 0; i < TABLE; i++) {
    const share = i / (TABLE - 1);
    const next = stops.findIndex(([at]) => at >= share);
    const [endAt, end] = stops.at(next) ?? [1, [0, 0, 0]];
    const [startAt, start] = stops[Math.max(0, next === -1 ? stops.length - 1 : next - 1)] ?? [
      0,
      end,
    ];
    const part = endAt > startAt ? (share - startAt) / (endAt - startAt) : 1;
    for (let channel = 0; channel < 3; channel++) {
      const [a = 0, b = 0] = [start[channel], end[channel]];
      table[3 * i + channel] = a + (b - a) * part;
    }
  }
  return table;
}

/** Ordered dither (Bayer's 4 × 4 matrix), so that slow gradients show no bands. */
const BAYER = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];

function dithered(colors: Float32Array, size: number): Uint8Array {
  const pixels = new Uint8Array(colors.length);
  for (let at = 0, y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const threshold = ((BAYER[4 * (y & 3) + (x & 3)] as number) + 0.5) / 16; // one of its 16 cells
      for (let channel = 0; channel < 3; channel++, at++) {
        pixels[at] = Math.min(255, Math.max(0, (colors[at] as number) + threshold));
      }
    }
  }
  return pixels;
}
