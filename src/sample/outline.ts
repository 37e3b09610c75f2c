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
