import type { HeadPose } from "../../domain/face.ts";
import { browLift } from "./brows.ts";
import { curveAt } from "./curve.ts";
import { bump, clamp, mix } from "./easing.ts";
import { BROW_HALF, type EyeGeometry } from "./eye-geometry.ts";
import { lidSource, lidWay } from "./eyelids.ts";
import type { Colour } from "./face-colours.ts";
import { gazeSource } from "./gaze.ts";
import { columnsWithin, type PointRow, paint } from "./point-row.ts";

/** Half the thickness of the lashes of a closed eye, widths of the eye. */
const LASHES = 0.035;
/** Lashes are painted at most this strongly: the source's own are there too. */
const LASH_COVER = 0.62;

/** Whether a pose leaves the eyes and brows as they are. */
export function eyesRest({ blink, gazeX, gazeY, brows }: HeadPose): boolean {
  return blink <= 0 && gazeX === 0 && gazeY === 0 && brows === 0;
}

/** Moves the points of a row by what an eye does: its brow, its lid and where it looks. */
export function warpEye(
  row: PointRow,
  { eye, pose, lashes, slack }: { eye: EyeGeometry; pose: HeadPose; lashes: Colour; slack: number },
): void {
  const { frame, box, brow, browEdge } = eye;
  const { cos, sin, unit } = frame;
  const way = lidWay(pose);
  const blink = clamp(pose.blink, 0, 1);
  const soft = Math.max(LASHES, row.scale / unit);
  const column = { brow, browEdge, lid: 0, crease: eye.crease, edge: 0, now: 0 };
  const place = { u: 0, height: 0 };
  const at = { u: 0, v: 0 };
  const { from, to } = columnsWithin(row, box, slack);
  for (let i = from; i < to; i++) {
    const x = row.x[i] ?? 0;
    const y = row.y[i] ?? 0;
    const dx = (x - frame.x) / unit;
    const dy = (y - frame.y) / unit;
    at.u = dx * cos + dy * sin;
    at.v = dy * cos - dx * sin;
    if (at.u <= -BROW_HALF || at.u >= BROW_HALF) continue;

    const upper = curveAt(eye.upper, at.u);
    const lower = curveAt(eye.lower, at.u);
    const height = at.u > -0.5 && at.u < 0.5 ? lower - upper : 0;
    column.lid = upper;
    column.edge = upper;
    column.now = upper + way * height;
    let sourceU = at.u;
    let sourceV = at.v + (pose.brows === 0 ? 0 : browLift(at, column, pose.brows));
    if (height > 0) {
      const shown = sourceV;
      if (way > 0) sourceV = lidSource(shown, column);
      if (shown >= column.now && shown < lower) {
        place.u = at.u;
        place.height = (shown - upper) / height;
        gazeSource(place, pose);
        if (place.u !== at.u || place.height * height !== shown - upper) {
          sourceU = place.u;
          const top = curveAt(eye.upper, sourceU);
          sourceV = mix(top, curveAt(eye.lower, sourceU), place.height);
        }
      }
      if (blink > 0) {
        const off = Math.abs(shown - column.now) / soft;
        const slim = clamp(height / (0.5 * eye.height), 0, 1);
        if (off < 1) paint(row.ink, i, lashes, LASH_COVER * blink * slim * bump(off * off));
      }
    }
    const moveU = (sourceU - at.u) * unit;
    const moveV = (sourceV - at.v) * unit;
    row.x[i] = x + moveU * cos - moveV * sin;
    row.y[i] = y + moveU * sin + moveV * cos;
  }
}
