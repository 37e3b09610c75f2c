import { basename } from "node:path";
import { AppError } from "../../domain/app-error.ts";
import type { Face } from "../../domain/face.ts";
import { boundsOf } from "../landmarks/landmark-points.ts";

/** An alpaca has scored 0.64. */
const LEAST_SCORE = 0.7;
/** About 28 degrees: beyond, the far corner of the mouth is hardly seen. */
const MOST_YAW = 0.5;
/** The height from brow to chin, pixels: below, the mouth is a few pixels. */
const LEAST_HEIGHT = 48;

/**
 * The face of a portrait that is to talk: the largest one.
 * @param faces The largest first.
 * @throws AppError NO_FACE, FACE_UNSUITABLE.
 */
export function chooseFace(faces: readonly Face[], file: string): Face {
  const name = basename(file);
  const face = faces.find(({ score }) => score >= LEAST_SCORE);
  if (!face) {
    throw new AppError(
      "NO_FACE",
      `no face was found in ${name}: give a picture of one person who looks at the camera`,
    );
  }
  if (Math.abs(face.yaw) > MOST_YAW) {
    const degrees = Math.round((Math.abs(face.yaw) * 180) / Math.PI);
    throw new AppError(
      "FACE_UNSUITABLE",
      `the face in ${name} is turned away by ${degrees}°, at most ${Math.round((MOST_YAW * 180) / Math.PI)}° are possible: give a picture from the front`,
    );
  }
  const { height } = boundsOf(face.landmarks);
  if (height < LEAST_HEIGHT) {
    throw new AppError(
      "FACE_UNSUITABLE",
      `the face in ${name} is ${Math.round(height)} pixels high, at least ${LEAST_HEIGHT} are needed: give a larger picture or cut it out`,
    );
  }
  return face;
}
