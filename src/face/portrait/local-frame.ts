/** A point `[x, y]`, pixels. */
export type Point = readonly [x: number, y: number];

/**
 * Coordinates along a part of the face whose corners are known, such as the mouth: `u` from the middle
 * between the corners to the picture's right, `v` down at right angles to it, both in distances of the
 * corners. So −0.5 and 0.5 are the corners, whatever the face's size and tilt.
 */
export type LocalFrame = {
  /** The middle, pixels. */
  x: number;
  y: number;
  /** Direction of u; v is (−sin, cos). */
  cos: number;
  sin: number;
  /** Pixels of one unit; at least 1, so that nothing is divided by 0. */
  unit: number;
};

export function frameBetween([x0, y0]: Point, [x1, y1]: Point): LocalFrame {
  const distance = Math.hypot(x1 - x0, y1 - y0);
  const level = distance < 1e-6;
  return {
    x: (x0 + x1) / 2,
    y: (y0 + y1) / 2,
    cos: level ? 1 : (x1 - x0) / distance,
    sin: level ? 0 : (y1 - y0) / distance,
    unit: Math.max(1, distance),
  };
}

/** A point of the picture as `[u, v]`. */
export function toLocal({ x, y, cos, sin, unit }: LocalFrame, point: Point): Point {
  const dx = point[0] - x;
  const dy = point[1] - y;
  return [(dx * cos + dy * sin) / unit, (dy * cos - dx * sin) / unit];
}

/** The point of the picture at `[u, v]`. */
export function toPicture({ x, y, cos, sin, unit }: LocalFrame, [u, v]: Point): Point {
  return [x + (u * cos - v * sin) * unit, y + (u * sin + v * cos) * unit];
}

/** Sides of an upright rectangle, pixels. */
export type Box = { left: number; right: number; top: number; bottom: number };

/** The upright box around −`reach` ≤ u ≤ `reach`, `top` ≤ v ≤ `bottom`. */
export function boxAround(
  frame: LocalFrame,
  { reach, top, bottom }: { reach: number; top: number; bottom: number },
): Box {
  const corners = [-reach, reach].flatMap((u) => [
    toPicture(frame, [u, top]),
    toPicture(frame, [u, bottom]),
  ]);
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  return {
    left: Math.min(...xs),
    right: Math.max(...xs),
    top: Math.min(...ys),
    bottom: Math.max(...ys),
  };
}

/** One landmark of a face's flat `[landmark][x, y]`. */
export function landmarkAt(landmarks: Float32Array, index: number): Point {
  return [landmarks[2 * index] ?? 0, landmarks[2 * index + 1] ?? 0];
}

/** Landmarks in coordinates of a part. */
export function localLandmarks(
  frame: LocalFrame,
  landmarks: Float32Array,
  indices: readonly number[],
): Point[] {
  return indices.map((index) => toLocal(frame, landmarkAt(landmarks, index)));
}
