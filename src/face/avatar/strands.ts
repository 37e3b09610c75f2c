import { brush, type Polygon, reversed, spline, swelling } from "../../drawing/outline.ts";

/** A family of strands. */
export type Lock = {
  /** Lines of equally many points from the roots to the tips, from the inner edge to the outer. */
  guides: readonly (readonly number[])[];
  strands: number;
  /** Where light lies on it, 0 the roots .. 1 the tips. */
  shine: number;
};

/** The outline of a lock, from the roots up to a part of its length. */
export function lockOutline({ guides }: Lock, part: number): Polygon {
  const edge = (guide: readonly number[] = []) => partOf(spline([...guide]), 0, part);
  return [...edge(guides[0]), ...reversed(edge(guides.at(-1)))];
}

/** The hairs of a lock in so many groups, one for each tone, and the light on them. */
export function comb(
  lock: Lock,
  { tones, random }: { tones: number; random: () => number },
): { groups: Polygon[][]; shine: Polygon[] } {
  const groups: Polygon[][] = Array.from({ length: tones }, () => []);
  const shine: Polygon[] = [];
  for (let i = 0; i < lock.strands; i++) {
    const line = strand(lock, random(), random);
    const width = 1.2 + 4.2 * random() ** 2;
    const hair = brush(
      partOf(line, 0, 0.84 + 0.16 * random()),
      (t) => width * Math.sin(Math.PI * (0.08 + 0.9 * t)) ** 0.6,
    );
    groups[Math.floor(random() * tones)]?.push(hair);
    const centre = lock.shine + 0.08 * (random() - 0.5);
    const half = 0.06 + 0.12 * random();
    shine.push(brush(partOf(line, centre - half, centre + half), swelling(2.4)));
  }
  return { groups, shine };
}

/** Single hairs that leave the outline of a lock: most outside, a few over the inner edge. */
export function looseHairs(lock: Lock, random: () => number): Polygon[] {
  const outer = Array.from({ length: 16 }, () => {
    const line = strand(lock, 0.99 + 0.045 * random(), random);
    const start = 0.5 * random();
    return brush(
      partOf(line, start, start + 0.25 + 0.3 * random()),
      (t) => 1.5 * Math.sin(Math.PI * t) + 0.2,
    );
  });
  const inner = Array.from({ length: 5 }, () => {
    const line = strand(lock, -0.03 * random(), random);
    return brush(partOf(line, 0.12, 1), (t) => 2.3 - 2 * t);
  });
  return [...outer, ...inner];
}

/** A line between the guides: 0 the inner edge .. 1 the outer one, and a little beyond. */
function strand({ guides }: Lock, across: number, random: () => number): Polygon {
  const place = across * (guides.length - 1);
  const index = Math.max(0, Math.min(guides.length - 2, Math.floor(place)));
  const share = place - index;
  const [inner = [], outer = []] = [guides[index], guides[index + 1]];
  const wave = 5 * (random() - 0.5);
  return spline(
    inner.map((value, i) => {
      const between = value + ((outer[i] ?? 0) - value) * share;
      return between + wave * Math.sin(i * 1.3);
    }),
  );
}

/** From one share of a line's points to another. */
function partOf(line: Polygon, from: number, to: number): Polygon {
  const points = line.length / 2;
  return line.slice(2 * Math.floor(points * from), 2 * Math.ceil(points * to));
}
