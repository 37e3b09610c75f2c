import { curveAt } from "../../portrait/curve.ts";
import { smoothstep } from "../../portrait/easing.ts";
import { type Box, boxAround, type LocalFrame } from "../../portrait/local-frame.ts";
import type { MouthGeometry } from "../../portrait/mouth-geometry.ts";
import type { MouthOpening } from "../../portrait/mouth-opening.ts";
import type { FaceSides } from "./face-sides.ts";

/** Where one mouth is laid over another: whole between the inner edges, nothing beyond the outer ones. */
export type MouthMask = {
  /** v, in widths of the mouth. */
  top: { outer: number; inner: number };
  bottom: { outer: number; inner: number };
  /** Distances from the middle, widths of the mouth. */
  left: { outer: number; inner: number };
  right: { outer: number; inner: number };
  /** Around all of it, pixels. */
  box: Box;
};

const SIDE = { inner: 0.62, outer: 0.9 };
/** It ends so far before the outline of the face. */
const FROM_OUTLINE = 0.1;
/** Skin below the red of the lower lip that is laid over whole, and over what length it then ends. */
const BELOW = 0.06;
const SOFT_BELOW = 0.28;

/** The mask for lips as far open as in `opening`: the outline of chin and cheeks is never under it. */
export function mouthMask({
  mouth,
  opening,
  frame,
  sides,
}: {
  mouth: MouthGeometry;
  opening: MouthOpening;
  frame: LocalFrame;
  sides: FaceSides;
}): MouthMask {
  const outer = mouth.nose + 0.02;
  const lips = curveAt(opening.upper, 0) - mouth.upperLip;
  const top = { outer, inner: Math.max(outer + 0.06, lips - 0.05) };
  const inner = curveAt(opening.lower, 0) + mouth.lowerLip + BELOW;
  const chin = mouth.chin + opening.jaw - 0.06;
  const bottom = { inner, outer: Math.max(inner + 0.08, Math.min(inner + SOFT_BELOW, chin)) };
  const [left, right] = [sideOf(sides.left), sideOf(sides.right)];
  const reach = Math.max(left.outer, right.outer);
  const box = boxAround(frame, { reach, top: top.outer, bottom: bottom.outer });
  return { top, bottom, left, right, box };
}

function sideOf(outline: number): { outer: number; inner: number } {
  const outer = Math.min(SIDE.outer, outline - FROM_OUTLINE);
  return { outer, inner: Math.min(SIDE.inner, outer - 0.12) };
}

/** How much is laid over the place `u`, `v` of the mouth, 0..1. */
export function coverAt({ top, bottom, left, right }: MouthMask, u: number, v: number): number {
  const side = u < 0 ? left : right;
  const aside = Math.abs(u);
  if (v <= top.outer || v >= bottom.outer || aside >= side.outer) return 0;
  return (
    smoothstep(top.outer, top.inner, v) *
    (1 - smoothstep(bottom.inner, bottom.outer, v)) *
    (1 - smoothstep(side.inner, side.outer, aside))
  );
}
