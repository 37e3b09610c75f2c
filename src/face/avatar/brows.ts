import type { Color } from "../../drawing/canvas.ts";
import type { Mask } from "../../drawing/mask.ts";
import { brush, moved, type Polygon, spline } from "../../drawing/outline.ts";
import type { Painting } from "../../drawing/painting.ts";
import { seededRandom } from "../../signal/seeded-random.ts";
import { onSide } from "./features.ts";

const BROW: Color = [74, 48, 42];
const HAIRS = 110;

/** Middle of the brow of the picture's right, from the nose outwards. */
const MIDDLE = [32, 416, 52, 407, 74, 401, 98, 399, 122, 405, 144, 419];

/** Single hairs over a soft ground. The brow on the side of the light is a little higher. */
export function paintBrows(painting: Painting, face: Mask): void {
  for (const side of [-1, 1] as const) {
    const line = moved(spline(onSide(MIDDLE, side)), 0, side === -1 ? -2 : 0);
    const ground = brush(line, (t) => thickness(t) * 0.8);
    painting.paint([ground], { color: BROW, alpha: 0.78, blur: 2.2, within: face });
    const random = seededRandom(side + 3);
    const hairs = Array.from({ length: HAIRS }, () => hairOn(line, side, random));
    painting.paint(hairs, { color: BROW, alpha: 0.5, blur: 0.8, within: face });
  }
}

function thickness(along: number): number {
  return along < 0.3 ? 15.5 + 10 * along : 18.5 - 21.25 * (along - 0.3);
}

/** Near the nose hairs grow upwards, further out along the brow. */
function hairOn(line: Polygon, side: number, random: () => number): Polygon {
  const points = line.length / 2;
  const along = random() ** 0.9;
  const at = 2 * Math.min(points - 2, Math.floor(along * points));
  const [x = 0, middle = 0, nextX = 0, nextY = 0] = line.slice(at, at + 4);
  const across = (random() - 0.5) * thickness(along) * 0.85;
  const length = 9 + 6 * random();
  const ahead = Math.atan2(nextY - middle, Math.abs(nextX - x));
  const angle = ahead - 0.85 * (1 - along) ** 1.5 + 0.2 * (random() - 0.5) - across * 0.03;
  const [dx, dy] = [Math.cos(angle) * length * side, Math.sin(angle) * length];
  const y = middle + across;
  const bent = spline([x, y, x + dx * 0.5, y + dy * 0.55, x + dx, y + dy]);
  return brush(bent, (t) => 2.1 - 1.7 * t);
}
