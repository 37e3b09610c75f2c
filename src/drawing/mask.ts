import { type Area, addPolygon, boundsOf, clip, type Placement, place } from "./coverage.ts";
import type { Outline } from "./outline.ts";

/** How far the pixels of an area are covered, 0..1, `[y][x]`; outside the area none is. */
export type Mask = { area: Area; values: Float32Array };

type Size = { width: number; height: number };

/** What an outline covers of a picture, with soft edges. */
export function maskOf(outline: Outline, placement: Placement, { width, height }: Size): Mask {
  const placed = outline.map((polygon) => place(polygon, placement));
  const area = clip(boundsOf(placed), width, height);
  const [wide, high] = sizeOf(area);
  const changes = new Float32Array((wide + 2) * high);
  const values = new Float32Array(wide * high);
  if (values.length === 0) return { area, values };
  for (const polygon of placed) addPolygon(changes, wide + 2, polygon, area);
  for (let y = 0; y < high; y++) {
    let sum = 0;
    for (let x = 0; x < wide; x++) {
      sum += changes[y * (wide + 2) + x] as number; // two numbers a row more than the area is wide
      values[y * wide + x] = Math.min(1, Math.abs(sum));
    }
  }
  return { area, values };
}

/**
 * A mask softened by three box blurs, which come close to a Gaussian blur of standard deviation
 * `sigma` pixels. Its area grows by what spreads; at the picture's edges it is blurred as if what lies
 * there went on beyond them.
 */
export function blurred(mask: Mask, sigma: number, { width, height }: Size): Mask {
  const radii = boxRadii(sigma);
  const reach = radii.reduce((sum, radius) => sum + radius, 0);
  if (reach === 0) return mask;
  const area = clip(
    {
      left: mask.area.left - reach,
      top: mask.area.top - reach,
      right: mask.area.right + reach,
      bottom: mask.area.bottom + reach,
    },
    width,
    height,
  );
  const [wide, high] = sizeOf(area);
  const values = new Float32Array(wide * high);
  eachRow(mask.area, area, mask.area, (from, to, length) => {
    values.set(mask.values.subarray(from, from + length), to);
  });
  const other = new Float32Array(values.length);
  for (const radius of radii) {
    blurRows(values, other, { wide, high, radius });
    blurColumns(other, values, { wide, high, radius });
  }
  return { area, values };
}

/**
 * Radii of three boxes, whole pixels, whose blur has the variance nearest to that of `sigma` (P. Kovesi,
 * "Fast Almost-Gaussian Filtering", DICTA 2010).
 */
function boxRadii(sigma: number): number[] {
  const count = 3;
  const ideal = Math.sqrt((12 * sigma * sigma) / count + 1);
  const radius = Math.floor((ideal - 1) / 2);
  const width = 2 * radius + 1;
  const missing = 12 * sigma * sigma - count * (width * width - 1);
  const wider = Math.round(missing / (4 * width + 4));
  return Array.from({ length: count }, (_, i) => (i < wider ? radius + 1 : radius)).filter(
    (one) => one > 0,
  );
}

type Box = { wide: number; high: number; radius: number };

/** Every value becomes the mean of those up to `radius` beside it; an edge's value goes on beyond it. */
function blurRows(from: Float32Array, to: Float32Array, { wide, high, radius }: Box): void {
  const share = 1 / (2 * radius + 1);
  for (let y = 0; y < high; y++) {
    const first = y * wide;
    const last = first + wide - 1;
    const edge = from[first] as number; // no row is empty
    let sum = edge * (radius + 1);
    for (let i = 1; i <= radius; i++) sum += from[Math.min(first + i, last)] as number;
    for (let at = first; at <= last; at++) {
      to[at] = sum * share;
      sum += from[Math.min(at + radius + 1, last)] as number;
      sum -= from[Math.max(at - radius, first)] as number;
    }
  }
}

/** The same above and below, all columns at a time, as memory lies. */
function blurColumns(from: Float32Array, to: Float32Array, { wide, high, radius }: Box): void {
  const share = 1 / (2 * radius + 1);
  const rowAt = (y: number) => wide * Math.min(Math.max(y, 0), high - 1);
  const sums = new Float32Array(wide);
  for (let y = -radius; y <= radius; y++) {
    const row = rowAt(y);
    for (let x = 0; x < wide; x++) sums[x] = (sums[x] as number) + (from[row + x] as number);
  }
  for (let y = 0; y < high; y++) {
    const [row, next, past] = [y * wide, rowAt(y + radius + 1), rowAt(y - radius)];
    for (let x = 0; x < wide; x++) {
      const sum = sums[x] as number; // a column of the area
      to[row + x] = sum * share;
      sums[x] = sum + (from[next + x] as number) - (from[past + x] as number);
    }
  }
}

/** What both masks cover. */
export function within(mask: Mask, bounds: Mask): Mask {
  const area = common(mask.area, bounds.area);
  const [wide, high] = sizeOf(area);
  const values = new Float32Array(wide * high);
  eachRow(mask.area, area, area, (from, to, length) => {
    values.set(mask.values.subarray(from, from + length), to);
  });
  eachRow(bounds.area, area, area, (from, to, length) => {
    for (let i = 0; i < length; i++) {
      values[to + i] = (values[to + i] as number) * (bounds.values[from + i] as number);
    }
  });
  return { area, values };
}

/** What a mask covers and `cut` does not. */
export function without(mask: Mask, cut: Mask): Mask {
  const values = mask.values.slice();
  eachRow(cut.area, mask.area, common(mask.area, cut.area), (from, to, length) => {
    for (let i = 0; i < length; i++) {
      values[to + i] = (values[to + i] as number) * (1 - (cut.values[from + i] as number));
    }
  });
  return { area: mask.area, values };
}

/** The rows of an area, as places in the values of two areas that both hold it. */
function eachRow(
  source: Area,
  target: Area,
  { left, top, right, bottom }: Area,
  visit: (from: number, to: number, length: number) => void,
): void {
  const [sourceWidth] = sizeOf(source);
  const [targetWidth] = sizeOf(target);
  for (let y = top; y < bottom; y++) {
    const from = (y - source.top) * sourceWidth + left - source.left;
    const to = (y - target.top) * targetWidth + left - target.left;
    visit(from, to, right - left);
  }
}

function common(a: Area, b: Area): Area {
  const left = Math.max(a.left, b.left);
  const top = Math.max(a.top, b.top);
  return {
    left,
    top,
    right: Math.max(left, Math.min(a.right, b.right)),
    bottom: Math.max(top, Math.min(a.bottom, b.bottom)),
  };
}

function sizeOf({ left, top, right, bottom }: Area): [width: number, height: number] {
  return [Math.max(0, right - left), Math.max(0, bottom - top)];
}
