import { atPlace, curveAt, curveOf, placeOf } from "./curve.ts";
import { bump, clamp, mix, smoothstep } from "./easing.ts";
import { MOUTH_REACH, type MouthGeometry, NECK_REACH } from "./mouth-geometry.ts";
import type { InteriorPoint, MouthInterior } from "./mouth-interior.ts";
import type { MouthOpening } from "./mouth-opening.ts";
import { columnsWithin, type PointRow, paint } from "./point-row.ts";

/** Narrowing and lifting reach so far from the mouth's middle to the sides, widths of the mouth. */
export const SPREAD = { left: 1.2, right: 1.2 };
const SPREAD_V = 0.8;
/** The red of the lips is thinned within so much of the inner edge, and of the middle. */
const THIN_REACH = 0.36;
const THIN_HALF = 0.62;
/** So far below the lower lip all follows the jaw. */
const JAW_BELOW = 0.18;

/** Along u: how much is thinned, how much the corners are lifted, and how far the jaw comes down. */
const THINNED = curveOf((u) => bump((u * u) / (THIN_HALF * THIN_HALF)));
const LIFTED = curveOf((u) => smoothstep(0.15, 0.5, Math.abs(u)));
const JAW = curveOf((u) => 1 - smoothstep(0.3, MOUTH_REACH, Math.abs(u)));

/**
 * Moves the points of a row by what the mouth does: the lips apart from where they meet, the jaw down,
 * the corners in or out. Points between the lips are painted.
 * @param options.spread How far narrowing reaches, where less than usual lies between mouth and outline.
 */
export function warpMouth(
  row: PointRow,
  {
    mouth,
    opening,
    interior,
    slack,
    spread = SPREAD,
  }: {
    mouth: MouthGeometry;
    opening: MouthOpening;
    interior: MouthInterior;
    slack: number;
    spread?: { left: number; right: number };
  },
): void {
  if (opening.rest) return;
  const { frame, upper, lower, nose, chin } = mouth;
  const { cos, sin, unit } = frame;
  const { narrowing, thinning, lift, jaw } = opening;
  const top = nose - 0.2;
  const bottom = chin + NECK_REACH;
  const middle = (curveAt(opening.upper, 0) + curveAt(opening.lower, 0)) / 2;
  const noseDistance = Math.max(mouth.upperLip + 0.12, curveAt(upper, 0) - nose + 0.06);
  const upperReach = Math.max(noseDistance, THIN_REACH);
  const neckFrom = 0.9 * chin;
  const spreads = narrowing !== 0 || lift !== 0;
  const spreadUp = Math.min(SPREAD_V, middle - top);
  const jawFrom = mouth.lowerLip + JAW_BELOW;
  const pixel = row.scale / unit;
  const point: InteriorPoint = { u: 0, v: 0, fromUpper: 0, fromLower: 0 };
  const { from, to } = columnsWithin(row, mouth.box, slack);
  for (let column = from; column < to; column++) {
    const x = row.x[column] ?? 0;
    const y = row.y[column] ?? 0;
    const dx = (x - frame.x) / unit;
    const dy = (y - frame.y) / unit;
    const u = dx * cos + dy * sin;
    const v = dy * cos - dx * sin;
    if (u <= -MOUTH_REACH || u >= MOUTH_REACH || v <= top || v >= bottom) continue;

    const aside = u / (u < 0 ? spread.left : spread.right);
    const away = (v - middle) / (v < middle ? spreadUp : SPREAD_V);
    const near = spreads ? bump(aside * aside + away * away) : 0;
    const sourceU = u * (1 + narrowing * near);
    const place = placeOf(sourceU);
    const raised = near > 0 ? v + lift * near * atPlace(LIFTED, place) : v;
    const upperEdge = atPlace(opening.upper, place);
    const lowerEdge = atPlace(opening.lower, place);
    const thin = thinning === 0 ? 0 : thinning * atPlace(THINNED, place);

    let sourceV = raised;
    if (raised <= upperEdge) {
      const distance = upperEdge - raised;
      if (distance >= upperReach && near === 0) continue;
      const follow = 1 - smoothstep(mouth.upperLip, noseDistance, distance);
      const thinned = thin * distance * bump((distance / THIN_REACH) ** 2);
      sourceV -= (upperEdge - atPlace(upper, place)) * follow + thinned;
    } else if (raised >= lowerEdge) {
      const distance = raised - lowerEdge;
      const turn = distance < jawFrom ? smoothstep(0, jawFrom, distance) : 1;
      const way = mix(lowerEdge - atPlace(lower, place), jaw * atPlace(JAW, place), turn);
      const thinned = thin * distance * bump((distance / THIN_REACH) ** 2);
      const fall = v > neckFrom ? 1 - smoothstep(neckFrom, bottom, v) : 1;
      sourceV += thinned - way * fall;
    } else {
      point.u = u;
      point.v = raised;
      point.fromUpper = raised - upperEdge;
      point.fromLower = lowerEdge - raised;
      const edge = clamp(Math.min(point.fromUpper, point.fromLower) / pixel, 0, 1);
      const cover = edge * interior.colourAt(point, opening);
      if (cover > 0) paint(row.ink, column, interior.colour, cover);
      const sourceUpper = atPlace(upper, place);
      const sourceLower = atPlace(lower, place);
      if (sourceLower - sourceUpper > 0.01) {
        // Teeth belong to the skull: what the source shows of them stays where it is.
        sourceV = clamp(raised, sourceUpper, sourceLower);
      } else {
        sourceV = point.fromUpper < point.fromLower ? sourceUpper : sourceLower;
      }
    }
    const moveU = (sourceU - u) * unit;
    const moveV = (sourceV - v) * unit;
    row.x[column] = x + moveU * cos - moveV * sin;
    row.y[column] = y + moveU * sin + moveV * cos;
  }
}
