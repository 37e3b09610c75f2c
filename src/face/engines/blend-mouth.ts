import type { Face } from "../../domain/face.ts";
import { blurred, type Mask, maskOf } from "../../drawing/mask.ts";
import {
  CHIN_LINE,
  LIPS_INNER_UPPER,
  NOSE_BASE,
  SIDE_LEFT,
  SIDE_RIGHT,
} from "../landmarks/landmark-groups.ts";
import { eyesDistance, pointOf } from "../landmarks/landmark-points.ts";
import { chromaOf, type Yuv420 } from "../portrait/planes.ts";

/** Pictures over which new ones come in and go out again. */
const FADE_PICTURES = 3;
/** The outline's sides at the height of the mouth, on their way from the ears to the chin. */
const JAW_LEFT = [132, 58, 172] as const;
const JAW_RIGHT = [397, 288, 361] as const;
/** All below over the distance of the eyes' outer corners: how wide the soft edge is (its deviation), */
const FEATHER = 0.06;
/** how far the sides stay within the face, so that the edge is soft on skin, */
const INSET = 0.1;
/** and how far a jaw may drop. */
const DROP = 0.12;
/** Of the mask's values where what both pictures show is the same skin. */
const RIM = [0.04, 0.5] as const;
/** More than any codec or colour matrix changes skin: what differs more is no skin in one of them. */
const MOST_OFFSET = 24;

/** How much of the new picture `index` of `count` is shown where the mouth is: less at both ends. */
export function fadeShare(index: number, count: number): number {
  const step = 1 / (FADE_PICTURES + 1);
  return Math.max(0, Math.min(1, (index + 1) * step, (count - index) * step));
}

export type Blend = {
  /** The picture as it was recorded, and an engine's of the same size. */
  recorded: Yuv420;
  made: Yuv420;
  /** In the recorded picture. */
  face: Pick<Face, "landmarks">;
  /** How much of the engine's counts, 0..1; 1 when left out. */
  share?: number;
};

/**
 * The recorded picture with the lower face of an engine's: from under the nose to below the chin, with
 * an edge so soft that no box is seen. What else the engine has changed is left out, and its colours
 * are levelled at the edge: codecs and colour matrices of research code shift them.
 */
export function blendMouth({ recorded, made, face, share = 1 }: Blend): Yuv420 {
  const { width, height } = recorded;
  const mask = lowerFace(face.landmarks, { width, height });
  const half = { width: chromaOf(width), height: chromaOf(height) };
  const chromaMask = halved(mask, half);
  const blend = (plane: "y" | "u" | "v", stride: number, of: Mask) =>
    blended(recorded[plane], made[plane], { mask: of, stride, share });
  return {
    width,
    height,
    y: blend("y", width, mask),
    u: blend("u", half.width, chromaMask),
    v: blend("v", half.width, chromaMask),
  };
}

/** How much each pixel is of the lower face. */
function lowerFace(landmarks: Float32Array, size: { width: number; height: number }): Mask {
  const unit = eyesDistance(landmarks);
  const at = (landmark: number) => pointOf(landmarks, landmark);
  const [nose, lip, left, right] = [
    at(NOSE_BASE[3]),
    at(LIPS_INNER_UPPER[5]),
    at(SIDE_LEFT),
    at(SIDE_RIGHT),
  ];
  // Down and across as the face has them, also when the head is tilted.
  const across = Math.hypot(right.x - left.x, right.y - left.y) || 1;
  const along = { x: (right.x - left.x) / across, y: (right.y - left.y) / across };
  const down = { x: -along.y, y: along.x };
  const moved = ({ x, y }: { x: number; y: number }, right: number, below: number) => [
    x + (along.x * right + down.x * below) * unit,
    y + (along.y * right + down.y * below) * unit,
  ];
  const top = { x: (nose.x + lip.x) / 2, y: (nose.y + lip.y) / 2 };
  const polygon = [
    moved(top, 0, -FEATHER / 2),
    ...JAW_RIGHT.toReversed().map((landmark) => moved(at(landmark), -INSET, 0)),
    ...CHIN_LINE.toReversed().map((landmark) => moved(at(landmark), 0, DROP)),
    ...JAW_LEFT.toReversed().map((landmark) => moved(at(landmark), INSET, 0)),
  ].flat();
  const hard = maskOf([polygon], { scale: 1, x: 0, y: 0 }, size);
  return blurred(hard, FEATHER * unit, size);
}

/** A mask for planes of half the size. */
function halved(
  { area, values }: Mask,
  { width, height }: { width: number; height: number },
): Mask {
  const small = {
    left: area.left >> 1,
    top: area.top >> 1,
    right: Math.min(width, chromaOf(area.right)),
    bottom: Math.min(height, chromaOf(area.bottom)),
  };
  const [wide, high] = [area.right - area.left, area.bottom - area.top];
  const columns = Math.max(0, small.right - small.left);
  const rows = Math.max(0, small.bottom - small.top);
  const result = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let corner = 0; corner < 4; corner++) {
        const x = 2 * (small.left + column) + (corner & 1) - area.left;
        const y = 2 * (small.top + row) + (corner >> 1) - area.top;
        if (x >= 0 && y >= 0 && x < wide && y < high) sum += values[y * wide + x] ?? 0;
      }
      result[row * columns + column] = sum / 4;
    }
  }
  return { area: small, values: result };
}

function blended(
  recorded: Uint8Array,
  made: Uint8Array,
  { mask, stride, share }: { mask: Mask; stride: number; share: number },
): Uint8Array {
  const result = recorded.slice();
  const { area, values } = mask;
  const wide = area.right - area.left;
  const offset = offsetAtRim(recorded, made, { mask, stride });
  for (let row = area.top; row < area.bottom; row++) {
    for (let column = area.left; column < area.right; column++) {
      const weight = share * (values[(row - area.top) * wide + column - area.left] ?? 0);
      if (weight <= 0) continue;
      const at = row * stride + column;
      const [from, to] = [recorded[at] ?? 0, (made[at] ?? 0) + offset];
      result[at] = Math.max(0, Math.min(255, Math.round(from + weight * (to - from))));
    }
  }
  return result;
}

/** What has to be added to the engine's plane so that both are alike where the mask fades out. */
function offsetAtRim(
  recorded: Uint8Array,
  made: Uint8Array,
  { mask, stride }: { mask: Mask; stride: number },
): number {
  const { area, values } = mask;
  const wide = area.right - area.left;
  const [least, most] = RIM;
  let [sum, count] = [0, 0];
  for (let row = area.top; row < area.bottom; row++) {
    for (let column = area.left; column < area.right; column++) {
      const weight = values[(row - area.top) * wide + column - area.left] ?? 0;
      if (weight < least || weight > most) continue;
      const at = row * stride + column;
      const difference = (recorded[at] ?? 0) - (made[at] ?? 0);
      if (Math.abs(difference) > MOST_OFFSET) continue;
      sum += difference;
      count += 1;
    }
  }
  return count === 0 ? 0 : sum / count;
}
