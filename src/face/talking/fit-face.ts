import type { Picture } from "../../domain/face.ts";
import { portraitCrop } from "../landmarks/portrait-crop.ts";
import { fitPicture, type Part } from "./fit-picture.ts";

/** A portrait as large as the video, with its landmarks. Sides are even. */
export function fitFace(
  picture: Picture,
  landmarks: Float32Array,
  { size, crop }: { size: number; crop: "face" | "whole" },
): { picture: Picture; landmarks: Float32Array } {
  const part = crop === "face" ? squareAround(picture, landmarks) : whole(picture);
  const scale = size / Math.max(part.width, part.height);
  const even = (side: number) => Math.max(2, 2 * Math.round((side * scale) / 2));
  return fitPicture(picture, landmarks, {
    part,
    width: even(part.width),
    height: even(part.height),
  });
}

function squareAround(picture: Picture, landmarks: Float32Array): Part {
  const { x, y, side } = portraitCrop({ landmarks }, picture);
  return { left: x, top: y, width: side, height: side };
}

function whole({ width, height }: Picture): Part {
  return { left: 0, top: 0, width, height };
}
