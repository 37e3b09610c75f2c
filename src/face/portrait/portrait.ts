import { type HeadPose, LANDMARKS, type MouthShape, type Picture } from "../../domain/face.ts";
import { eyeGeometries, pointsInEye } from "./eye-geometry.ts";
import { eyesRest, warpEye } from "./eye-warp.ts";
import { faceColours } from "./face-colours.ts";
import { createHeadField } from "./head-field.ts";
import type { Box } from "./local-frame.ts";
import { mouthGeometry } from "./mouth-geometry.ts";
import { createMouthInterior } from "./mouth-interior.ts";
import { createOpening, openMouth } from "./mouth-opening.ts";
import { warpMouth } from "./mouth-warp.ts";
import { chromaOf, planesOf, type Yuv420 } from "./planes.ts";
import {
  clearInk,
  createPointRow,
  inkRow,
  type PointRow,
  positionOf,
  sampleRow,
} from "./point-row.ts";
import { spanRow } from "./row-span.ts";

/** A face that can be moved. */
export type Portrait = {
  width: number;
  height: number;
  /**
   * Writes one frame: the source with its mouth, eyes and head as given. At rest it is the source.
   * @param out As large as the source; all of it is written.
   */
  render(mouth: MouthShape, pose: HeadPose, out: Yuv420): void;
};

/** A mouth as the source has it. */
export const REST_MOUTH: Readonly<MouthShape> = {
  open: 0,
  wide: 0,
  round: 0,
  press: 0,
  teeth: 0,
  tongue: 0,
};

/** A head as the source has it. */
export const REST_POSE: Readonly<HeadPose> = {
  blink: 0,
  gazeX: 0,
  gazeY: 0,
  brows: 0,
  yaw: 0,
  pitch: 0,
  roll: 0,
  shiftX: 0,
  shiftY: 0,
};

/**
 * Makes a face in a picture move: every frame is the picture warped backwards, row by row, with what a
 * picture of closed lips lacks painted in its own colours. Frontal faces look best; one turned far
 * shows that it is flat.
 * @param options.source A picture, or its planes, which are not copied and must stay as they are.
 * @param options.landmarks Of the face, pixels, flat `[landmark][x, y]`; some may lie outside.
 * @throws RangeError when these are not 468 points, or one is not a number.
 */
export function createPortrait({
  source,
  landmarks,
}: {
  source: Picture | Yuv420;
  landmarks: Float32Array;
}): Portrait {
  if (landmarks.length !== 2 * LANDMARKS || !landmarks.every(Number.isFinite)) {
    throw new RangeError(
      `portrait: ${landmarks.length} numbers are not ${LANDMARKS} points; give x and y of each landmark, all finite`,
    );
  }
  const planes = "pixels" in source ? planesOf(source) : source;
  const { width, height } = planes;
  const mouth = mouthGeometry({ planes, landmarks });
  const eyes = eyeGeometries(landmarks);
  const colours = faceColours({ planes, landmarks, eyes: eyes.flatMap(pointsInEye) });
  const interior = createMouthInterior({ mouth, colours });
  const opening = createOpening();
  const field = createHeadField({ width, height, landmarks });
  const row = createPointRow(width);

  /** Sets `row` to where the points of a plane's row come from; false when all are their own. */
  function makeRow(index: number, scale: 1 | 2, pose: HeadPose): boolean {
    row.scale = scale;
    row.at = positionOf(index, scale);
    const columns = scale === 1 ? width : chromaOf(width);
    const slack = field.farthest + 2;
    const meets = ({ top, bottom }: Box) => row.at > top - slack && row.at < bottom + slack;
    const open = !opening.rest && meets(mouth.box);
    const looking = eyesRest(pose) ? [] : eyes.filter(({ box }) => meets(box));
    const boxes = [...looking.map(({ box }) => box), ...(open ? [mouth.box] : [])];
    spanRow({ row, columns, field, boxes });
    if (row.from >= row.to) return false;
    for (const eye of looking) warpEye(row, { eye, pose, slack, lashes: colours.lashes });
    if (open) warpMouth(row, { mouth, opening, interior, slack });
    return true;
  }

  return {
    width,
    height,
    render(shape, pose, out) {
      if (out.width !== width || out.height !== height) {
        throw new RangeError(
          `portrait: a frame of ${out.width}×${out.height} cannot hold a picture of ${width}×${height}; make it as large`,
        );
      }
      openMouth(mouth, shape, opening);
      field.move(pose);
      for (let y = 0; y < height; y++) {
        const offset = y * width;
        const moved = makeRow(y, 1, pose);
        copyBeside(planes.y, out.y, { offset, columns: width, row: moved ? row : null });
        if (!moved) continue;
        sampleRow({ samples: planes.y, width, height }, row, out.y, offset);
        inkRow(row.ink, row.ink.y, out.y, offset);
        clearInk(row.ink);
      }
      const chroma = { width: chromaOf(width), height: chromaOf(height) };
      for (let y = 0; y < chroma.height; y++) {
        const offset = y * chroma.width;
        const moved = makeRow(y, 2, pose);
        for (const name of ["u", "v"] as const) {
          const columns = chroma.width;
          copyBeside(planes[name], out[name], { offset, columns, row: moved ? row : null });
          if (!moved) continue;
          sampleRow({ samples: planes[name], ...chroma }, row, out[name], offset);
          inkRow(row.ink, row.ink[name], out[name], offset);
        }
        clearInk(row.ink);
      }
    },
  };
}

/** Copies what a row does not make; all of it without a row. */
function copyBeside(
  from: Uint8Array,
  to: Uint8Array,
  { offset, columns, row }: { offset: number; columns: number; row: PointRow | null },
): void {
  if (!row) {
    to.set(from.subarray(offset, offset + columns), offset);
    return;
  }
  if (row.from > 0) to.set(from.subarray(offset, offset + row.from), offset);
  if (row.to < columns) to.set(from.subarray(offset + row.to, offset + columns), offset + row.to);
}
