import {
  EYE_LEFT_LOWER,
  EYE_LEFT_UPPER,
  EYE_RIGHT_LOWER,
  EYE_RIGHT_UPPER,
  NOSE_BASE,
  NOSE_BRIDGE,
} from "../../landmarks/landmark-groups.ts";
import { type LocalFrame, landmarkAt, type Point, toPicture } from "../../portrait/local-frame.ts";

/** Turn, scale and shift from one picture to another: x' = a·x − b·y + dx, y' = b·x + a·y + dy. */
export type HeadMotion = { a: number; b: number; dx: number; dy: number };

/** What speech does not move. The nose is nearest to the mouth and says most of where it is. */
const STEADY: readonly { indices: readonly number[]; weight: number }[] = [
  { indices: NOSE_BASE, weight: 2 },
  { indices: NOSE_BRIDGE, weight: 1 },
  {
    indices: [
      ...[EYE_LEFT_UPPER, EYE_LEFT_LOWER, EYE_RIGHT_UPPER, EYE_RIGHT_LOWER].flatMap((lid) => [
        lid[0],
        lid[lid.length - 1] ?? 0,
      ]),
    ],
    weight: 1.5,
  },
];

/**
 * How a head moved between two pictures, by its eyes and nose: the similarity of least squares
 * (Umeyama 1991, in two dimensions).
 * @param from, to Landmarks of the same face, flat `[landmark][x, y]`.
 */
export function headMotion(from: Float32Array, to: Float32Array): HeadMotion {
  const pairs = STEADY.flatMap(({ indices, weight }) =>
    indices.map((index) => ({ p: landmarkAt(from, index), q: landmarkAt(to, index), weight })),
  );
  const whole = pairs.reduce((sum, { weight }) => sum + weight, 0);
  const mean = (of: (pair: (typeof pairs)[number]) => number) =>
    pairs.reduce((sum, pair) => sum + pair.weight * of(pair), 0) / whole;
  const [px, py] = [mean(({ p }) => p[0]), mean(({ p }) => p[1])];
  const [qx, qy] = [mean(({ q }) => q[0]), mean(({ q }) => q[1])];
  const spread = mean(({ p }) => (p[0] - px) ** 2 + (p[1] - py) ** 2);
  if (spread < 1e-9) return { a: 1, b: 0, dx: qx - px, dy: qy - py };
  const a = mean(({ p, q }) => (p[0] - px) * (q[0] - qx) + (p[1] - py) * (q[1] - qy)) / spread;
  const b = mean(({ p, q }) => (p[0] - px) * (q[1] - qy) - (p[1] - py) * (q[0] - qx)) / spread;
  return { a, b, dx: qx - a * px + b * py, dy: qy - b * px - a * py };
}

export function moved({ a, b, dx, dy }: HeadMotion, [x, y]: Point): Point {
  return [a * x - b * y + dx, b * x + a * y + dy];
}

/** Pictures before and after one that say how its head is tilted and how large it is. */
const REACH = 4;

/**
 * The motions from one picture to others in their order, turn and scale smoothed over time: a blink pulls
 * at the eyes' corners and would make all that is far from them tremble.
 * @param anchor What goes where it went, in the one picture.
 */
export function smoothTurns(motions: readonly HeadMotion[], anchor: Point): HeadMotion[] {
  return motions.map((motion, index) => {
    let [sum, a, b] = [0, 0, 0];
    for (let near = index - REACH; near <= index + REACH; near++) {
      const other = motions[near];
      if (!other) continue;
      const weight = 1 + Math.cos((Math.PI * (near - index)) / (REACH + 1));
      sum += weight;
      a += weight * other.a;
      b += weight * other.b;
    }
    const turned = { a: a / sum, b: b / sum, dx: 0, dy: 0 };
    const [x, y] = moved(turned, anchor);
    const [toX, toY] = moved(motion, anchor);
    return { ...turned, dx: toX - x, dy: toY - y };
  });
}

/** The motion from where `motion` leads back to where it comes from. */
export function reversedMotion({ a, b, dx, dy }: HeadMotion): HeadMotion {
  const square = a * a + b * b;
  const [c, s] = [a / square, -b / square];
  return { a: c, b: s, dx: -(c * dx - s * dy), dy: -(s * dx + c * dy) };
}

/** A part's coordinates after the head has moved. */
export function movedFrame(motion: HeadMotion, frame: LocalFrame): LocalFrame {
  const { a, b } = motion;
  const [x, y] = moved(motion, [frame.x, frame.y]);
  const scale = Math.hypot(a, b);
  const cos = (a * frame.cos - b * frame.sin) / scale;
  const sin = (b * frame.cos + a * frame.sin) / scale;
  return { x, y, cos, sin, unit: frame.unit * scale };
}

/** A motion that leads `u`, `v` farther, in the coordinates of a part. */
export function drifted(motion: HeadMotion, part: LocalFrame, [u, v]: Point): HeadMotion {
  const frame = movedFrame(motion, part);
  const [x, y] = toPicture(frame, [u, v]);
  return { ...motion, dx: motion.dx + x - frame.x, dy: motion.dy + y - frame.y };
}
