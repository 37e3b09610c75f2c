import type { HeadPose } from "../../domain/face.ts";
import {
  CHIN,
  EYE_LEFT_UPPER,
  EYE_RIGHT_UPPER,
  FACE_OVAL,
  NOSE_TIP,
} from "../landmarks/landmark-groups.ts";
import { bump, clamp, mix, smoothstep } from "./easing.ts";
import { frameBetween, type LocalFrame, landmarkAt, toLocal } from "./local-frame.ts";

/** Side of a cell, pixels: between its corners the field is bilinear. */
export const CELL = 16;

/** How far every corner of the cells moves in a frame, pixels: what the head does. */
export type HeadField = {
  /** Corners in a row, one more than cells. */
  columns: number;
  rows: number;
  /** `[row][column]`: from a place of the frame to that of the source which it shows. */
  x: Float32Array;
  y: Float32Array;
  /** The farthest that any corner moves in this frame, along x or y. */
  farthest: number;
  /** Sets the field to a pose. */
  move(pose: HeadPose): void;
  /** The pixels [from, to) of a row of cells that may move with the head. */
  spans: readonly { from: number; to: number }[];
};

/** The farthest turns, radians, and shifts, widths of the face, that a flat picture bears. */
const MOST_TURN = 0.35;
const MOST_ROLL = 0.12;
const MOST_SHIFT = 0.12;
/** Within so much of the picture's shorter side from its edges the head's way fades out. */
const EDGE_SHARE = 0.09;

/**
 * The field of a head whose face is given: a bump of depth turns it left, right, up and down, and all
 * of it with its hair rolls about the neck and shifts. Neck and shoulders follow less, what is
 * behind not at all, and the picture's edges stay.
 * @param options.landmarks Flat `[landmark][x, y]`, pixels.
 */
export function createHeadField({
  width,
  height,
  landmarks,
}: {
  width: number;
  height: number;
  landmarks: Float32Array;
}): HeadField {
  const columns = Math.ceil(width / CELL) + 1;
  const rows = Math.ceil(height / CELL) + 1;
  const count = columns * rows;
  const head = headOf(landmarks);
  const fade = Math.max(2 * CELL, EDGE_SHARE * Math.min(width, height));
  /** How much of the head's way a corner follows, and how far in front of the ears it lies, 0..1. */
  const follows = new Float32Array(count);
  const depths = new Float32Array(count);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      const x = column * CELL;
      const y = row * CELL;
      const margin = Math.min(x, y, width - 1 - x, height - 1 - y);
      const [u, v] = toLocal(head.frame, [x, y]);
      // The last column of pixels lies up to a cell from a corner.
      follows[at] = smoothstep(CELL, CELL + fade, margin) * followAt(u, v, head.chin);
      depths[at] = depthAt(u, v, head);
    }
  }

  const unit = head.frame.unit;
  // A way that fades out over less than 1.5 times its length would fold the picture.
  const limit = 0.5 * fade;
  const field: HeadField = {
    columns,
    rows,
    x: new Float32Array(count),
    y: new Float32Array(count),
    farthest: 0,
    spans: Array.from({ length: rows - 1 }, (_, row) => {
      const moved = Array.from({ length: columns }, (__, column) => column).filter(
        (column) => follows[row * columns + column] || follows[(row + 1) * columns + column],
      );
      const [first] = moved;
      const last = moved.at(-1);
      if (first === undefined || last === undefined) return { from: 0, to: 0 };
      return { from: Math.max(0, (first - 1) * CELL), to: (last + 1) * CELL };
    }),

    move(pose) {
      const yaw = clamp(pose.yaw, -MOST_TURN, MOST_TURN) * unit * 0.5;
      const pitch = clamp(pose.pitch, -MOST_TURN, MOST_TURN) * unit * 0.5;
      const roll = clamp(pose.roll, -MOST_ROLL, MOST_ROLL);
      const shiftX = clamp(pose.shiftX, -MOST_SHIFT, MOST_SHIFT) * unit;
      const shiftY = clamp(pose.shiftY, -MOST_SHIFT, MOST_SHIFT) * unit;
      let farthest = 0;
      for (let row = 0, at = 0; row < rows; row++) {
        const fromPivotY = row * CELL - head.pivot[1];
        for (let column = 0; column < columns; column++, at++) {
          const follow = follows[at] ?? 0;
          if (follow === 0) continue;
          const depth = depths[at] ?? 0;
          const fromPivotX = column * CELL - head.pivot[0];
          // A frame shows the source where it was before the head moved: the way back.
          const x = -follow * (shiftX + yaw * depth - roll * fromPivotY);
          const y = -follow * (shiftY + pitch * depth + roll * fromPivotX);
          field.x[at] = x;
          field.y[at] = y;
          farthest = Math.max(farthest, Math.abs(x), Math.abs(y));
        }
      }
      field.farthest = Math.min(farthest, limit);
      if (farthest <= limit) return;
      for (let at = 0; at < count; at++) {
        field.x[at] = ((field.x[at] ?? 0) * limit) / farthest;
        field.y[at] = ((field.y[at] ?? 0) * limit) / farthest;
      }
    },
  };
  return field;
}

type Head = {
  /** Around the face's middle, along the line of the eyes; its unit is the face's width. */
  frame: LocalFrame;
  chin: number;
  nose: { u: number; v: number };
  /** About where the head stands on the neck, pixels. */
  pivot: readonly [number, number];
};

function headOf(landmarks: Float32Array): Head {
  const eyes = frameBetween(
    landmarkAt(landmarks, EYE_LEFT_UPPER[0]),
    landmarkAt(landmarks, EYE_RIGHT_UPPER[EYE_RIGHT_UPPER.length - 1] ?? 0),
  );
  const oval = FACE_OVAL.map((index) => toLocal(eyes, landmarkAt(landmarks, index)));
  const us = oval.map(([u]) => u);
  const vs = oval.map(([, v]) => v);
  const middle = {
    u: (Math.min(...us) + Math.max(...us)) / 2,
    v: (Math.min(...vs) + Math.max(...vs)) / 2,
  };
  const unit = Math.max(1, (Math.max(...us) - Math.min(...us)) * eyes.unit);
  const { cos, sin } = eyes;
  const frame: LocalFrame = {
    x: eyes.x + (middle.u * cos - middle.v * sin) * eyes.unit,
    y: eyes.y + (middle.u * sin + middle.v * cos) * eyes.unit,
    cos,
    sin,
    unit,
  };
  const chin = Math.max(0.4, toLocal(frame, landmarkAt(landmarks, CHIN))[1]);
  const [u, v] = toLocal(frame, landmarkAt(landmarks, NOSE_TIP));
  const down = (chin + 0.1) * unit;
  return {
    frame,
    chin,
    nose: { u: clamp(u, -0.4, 0.4), v: clamp(v, -0.4, 0.4) },
    pivot: [frame.x - down * sin, frame.y + down * cos],
  };
}

/** How much of the head's way is followed at a place in widths of the face: 1 within the head and its hair. */
function followAt(u: number, v: number, chin: number): number {
  const head = 1 - smoothstep(0.95, 2, Math.hypot(u / 0.66, (v + 0.1) / 0.86));
  const below = smoothstep(0.75 * chin, 1.1 * chin + 0.25, v);
  const neck =
    0.45 * (1 - smoothstep(chin, chin + 1.1, v)) * (1 - smoothstep(0.35, 1.1, Math.abs(u)));
  return mix(head, Math.max(neck, 0.3 * head), below);
}

/** How far in front of the ears a place lies: the face is half an egg, the nose stands out. */
function depthAt(u: number, v: number, { nose }: Head): number {
  const round = bump((u / 0.72) ** 2 + (v / 0.95) ** 2);
  const tip = bump(((u - nose.u) / 0.28) ** 2 + ((v - nose.v) / 0.34) ** 2);
  return 0.85 * round + 0.15 * tip;
}
