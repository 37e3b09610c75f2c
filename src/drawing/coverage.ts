import type { Outline } from "./outline.ts";

/** From `left`, `top` up to but not including `right`, `bottom`, in pixels. */
export type Area = { left: number; top: number; right: number; bottom: number };

export const NOWHERE: Area = { left: 0, top: 0, right: 0, bottom: 0 };

/** Where the outlines' units lie in the picture. */
export type Placement = { scale: number; x: number; y: number };

/** The smallest area that holds both. */
export function union(a: Area, b: Area): Area {
  if (a.right <= a.left) return b;
  if (b.right <= b.left) return a;
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

/** A polygon in pixels. */
export function place(polygon: number[], { scale, x, y }: Placement): number[] {
  return polygon.map((value, i) => value * scale + (i % 2 === 0 ? x : y));
}

/** The pixels that polygons may touch. */
export function boundsOf(outline: Outline): Area {
  const bounds = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const polygon of outline) {
    for (let i = 0; i + 1 < polygon.length; i += 2) {
      const [x = 0, y = 0] = [polygon[i], polygon[i + 1]];
      bounds.left = Math.min(bounds.left, Math.floor(x));
      bounds.right = Math.max(bounds.right, Math.ceil(x));
      bounds.top = Math.min(bounds.top, Math.floor(y));
      bounds.bottom = Math.max(bounds.bottom, Math.ceil(y));
    }
  }
  return bounds;
}

/** The part of an area that lies in a picture. */
export function clip(area: Area, width: number, height: number): Area {
  return {
    left: Math.max(0, area.left),
    top: Math.max(0, area.top),
    right: Math.min(width, area.right),
    bottom: Math.min(height, area.bottom),
  };
}

/**
 * Adds a polygon in pixels to the changes of coverage of an area, `[y][x]` with `stride` numbers a row,
 * two more than the area is wide: summed up from the left, their absolute values are the coverage.
 * It is exact, by the signed areas that the polygon's edges leave to their right in every row.
 */
export function addPolygon(
  coverage: Float32Array,
  stride: number,
  polygon: number[],
  area: Area,
): void {
  let [x0 = 0, y0 = 0] = polygon.slice(-2);
  for (let i = 0; i + 1 < polygon.length; i += 2) {
    const x1 = polygon[i] ?? 0;
    const y1 = polygon[i + 1] ?? 0;
    addEdge(coverage, stride, area, { x0, y0, x1, y1 });
    [x0, y0] = [x1, y1];
  }
}

type Edge = { x0: number; y0: number; x1: number; y1: number };

/** Adds to each row the change of coverage, pixel by pixel, that an edge makes to the right of it. */
function addEdge(coverage: Float32Array, stride: number, area: Area, edge: Edge): void {
  if (edge.y0 === edge.y1) return;
  const direction = edge.y0 < edge.y1 ? 1 : -1;
  const [top, bottom] = direction > 0 ? [edge.y0, edge.y1] : [edge.y1, edge.y0];
  const topX = direction > 0 ? edge.x0 : edge.x1;
  const slope = (edge.x1 - edge.x0) / (edge.y1 - edge.y0);
  const widest = area.right - area.left;
  const last = Math.min(area.bottom, Math.ceil(bottom));
  for (let y = Math.max(area.top, Math.floor(top)); y < last; y++) {
    const from = Math.max(y, top);
    const to = Math.min(y + 1, bottom);
    const height = (to - from) * direction;
    const a = topX + (from - top) * slope - area.left;
    const b = topX + (to - top) * slope - area.left;
    const left = Math.min(Math.max(Math.min(a, b), 0), widest);
    const right = Math.min(Math.max(a, b, 0), widest);
    const row = (y - area.top) * stride;
    const first = Math.floor(left);
    const end = Math.floor(right);
    if (first === end) {
      // Within one pixel: the part of it to the right of the edge now, the rest in the next one.
      const share = (left + right) / 2 - first;
      bump(coverage, row + first, height * (1 - share));
      bump(coverage, row + first + 1, height * share);
      continue;
    }
    const perPixel = height / (right - left);
    let done = 0;
    let x = left;
    for (let pixel = first; pixel <= end; pixel++) {
      const next = Math.min(pixel + 1, right);
      const part = (next - x) * perPixel;
      const share = (x + next) / 2 - pixel;
      bump(coverage, row + pixel, part * (1 - share));
      bump(coverage, row + pixel + 1, part * share);
      done += part;
      x = next;
    }
    bump(coverage, row + end, height - done);
  }
}

function bump(coverage: Float32Array, index: number, by: number): void {
  coverage[index] = (coverage[index] ?? 0) + by;
}
