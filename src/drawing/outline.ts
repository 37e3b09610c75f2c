/** A closed polygon, `[x, y, x, y, …]`; the last point joins the first. */
export type Polygon = number[];

/** A shape to fill: where polygons of one direction overlap it is filled once, the other direction cuts out. */
export type Outline = Polygon[];

/** Length of the straight pieces that stand for a curve, in the outline's units. */
const PIECE = 2;

/** An ellipse, from `start` to `end` degrees clockwise from the right; a whole one without them. */
export function ellipse(
  cx: number,
  cy: number,
  rx: number,
  ry = rx,
  { start = 0, end = 360, reverse = false } = {},
): Polygon {
  const sweep = ((end - start) * Math.PI) / 180;
  const pieces = Math.max(8, Math.ceil((Math.abs(sweep) * Math.max(rx, ry)) / PIECE));
  const points: [number, number][] = [];
  for (let i = 0; i <= pieces; i++) {
    const angle = (start * Math.PI) / 180 + (sweep * i) / pieces;
    points.push([cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)]);
  }
  return (reverse ? points.reverse() : points).flat();
}

export function ring(cx: number, cy: number, outer: number, inner: number): Outline {
  return [ellipse(cx, cy, outer), ellipse(cx, cy, inner, inner, { reverse: true })];
}

/** A box with round corners. */
export function box(x: number, y: number, width: number, height: number, radius = 0): Polygon {
  const r = Math.min(radius, width / 2, height / 2);
  if (r === 0) return [x, y, x + width, y, x + width, y + height, x, y + height];
  const [right, bottom] = [x + width - r, y + height - r];
  return [
    ...ellipse(x + r, y + r, r, r, { start: 180, end: 270 }),
    ...ellipse(right, y + r, r, r, { start: 270, end: 360 }),
    ...ellipse(right, bottom, r, r, { start: 0, end: 90 }),
    ...ellipse(x + r, bottom, r, r, { start: 90, end: 180 }),
  ];
}

/** A line of points drawn with a round pen. */
export function stroke(points: number[], width: number): Outline {
  const outline: Outline = [];
  const r = width / 2;
  for (let i = 0; i + 3 < points.length; i += 2) {
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = points.slice(i, i + 4);
    const angle = (Math.atan2(y1 - y0, x1 - x0) * 180) / Math.PI;
    outline.push([
      ...ellipse(x1, y1, r, r, { start: angle - 90, end: angle + 90 }),
      ...ellipse(x0, y0, r, r, { start: angle + 90, end: angle + 270 }),
    ]);
  }
  return outline;
}

/**
 * Points of a path in SVG's words: `M x y`, `L x y`, `C x1 y1 x2 y2 x y`, `Q x1 y1 x y`, absolute
 * coordinates, one path.
 */
export function curve(path: string): Polygon {
  const points: number[] = [];
  for (const [, command, rest = ""] of path.matchAll(/([MLCQ])([^MLCQ]*)/g)) {
    const numbers = rest
      .trim()
      .split(/[\s,]+/)
      .map(Number);
    const from = points.slice(-2);
    if (command === "M" || command === "L") points.push(...numbers);
    else points.push(...bezier([...from, ...numbers]));
  }
  return points;
}

/** Points of a quadratic or cubic Bézier curve after its first one, by de Casteljau's construction. */
function bezier(control: number[]): number[] {
  let length = 0;
  for (let i = 2; i < control.length; i += 2) {
    length += Math.hypot(
      (control[i] ?? 0) - (control[i - 2] ?? 0),
      (control[i + 1] ?? 0) - (control[i - 1] ?? 0),
    );
  }
  const pieces = Math.max(4, Math.ceil(length / PIECE));
  return Array.from({ length: pieces }, (_, i) => {
    const t = (i + 1) / pieces;
    let level = control;
    while (level.length > 2) {
      const last = level;
      level = last.slice(2).map((value, at) => (last[at] ?? 0) * (1 - t) + value * t);
    }
    return level;
  }).flat();
}

/** A smooth line through points (a Catmull-Rom spline); `closed` joins its end to its start. */
export function spline(points: number[], { closed = false } = {}): Polygon {
  const count = points.length / 2;
  const placeOf = (index: number) =>
    2 * (closed ? (index + count) % count : Math.min(Math.max(index, 0), count - 1));
  const line = points.slice(0, 2);
  for (let i = 0; i + (closed ? 0 : 1) < count; i++) {
    const places = [placeOf(i - 1), placeOf(i), placeOf(i + 1), placeOf(i + 2)] as const;
    const x = spanOf(points, places, 0);
    const y = spanOf(points, places, 1);
    const pieces = Math.max(6, Math.ceil(Math.hypot(x.length, y.length) / (2 * PIECE)));
    for (let piece = 1; piece <= pieces; piece++) {
      const t = piece / pieces;
      line.push(x.a + t * (x.b + t * (x.c + t * x.d)), y.a + t * (y.b + t * (y.c + t * y.d)));
    }
  }
  return line;
}

/** A span's cubic in one coordinate, from its second point to its third (Catmull and Rom, 1974). */
function spanOf(
  points: number[],
  places: readonly [number, number, number, number],
  axis: 0 | 1,
): { a: number; b: number; c: number; d: number; length: number } {
  const [before, from, to, after] = places;
  const p0 = points[before + axis] ?? 0;
  const p1 = points[from + axis] ?? 0;
  const p2 = points[to + axis] ?? 0;
  const p3 = points[after + axis] ?? 0;
  return {
    a: p1,
    b: (p2 - p0) / 2,
    c: p0 - 2.5 * p1 + 2 * p2 - p3 / 2,
    d: (p3 - p0) / 2 + 1.5 * (p1 - p2),
    length: Math.abs(p2 - p1),
  };
}

/** A line of points drawn with a brush whose `width` depends on how far along its points it is, 0..1. */
export function brush(line: number[], width: (along: number) => number): Polygon {
  const last = line.length / 2 - 1;
  const left: number[] = [];
  const right: number[] = [];
  for (let i = 0; i <= last; i++) {
    const [x, y] = [line[2 * i] ?? 0, line[2 * i + 1] ?? 0];
    const [before, after] = [2 * Math.max(0, i - 1), 2 * Math.min(last, i + 1)];
    const dx = (line[after] ?? 0) - (line[before] ?? 0);
    const dy = (line[after + 1] ?? 0) - (line[before + 1] ?? 0);
    const half = width(i / last) / 2 / (Math.hypot(dx, dy) || 1);
    left.push(x - dy * half, y + dx * half);
    right.push(x + dy * half, y - dx * half);
  }
  return [...left, ...reversed(right)];
}

/** The mirror image on the other side of x = 0. */
export function mirrored(line: number[]): number[] {
  return line.map((value, i) => (i % 2 === 0 ? -value : value));
}

export function moved(line: number[], dx: number, dy: number): number[] {
  return line.map((value, i) => value + (i % 2 === 0 ? dx : dy));
}

/** The points in the opposite order. */
export function reversed(line: number[]): number[] {
  const points: number[] = [];
  for (let i = line.length - 2; i >= 0; i -= 2) points.push(line[i] ?? 0, line[i + 1] ?? 0);
  return points;
}

/** A brush's width that swells from nothing to `most` and back. */
export function swelling(most: number): (along: number) => number {
  return (along) => most * Math.sin(Math.PI * along);
}
