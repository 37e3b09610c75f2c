import type { Face } from "../../domain/face.ts";
import { boundsOf } from "./landmark-points.ts";

/** A square of whole pixels of a picture, by its upper left corner. */
export type Crop = { x: number; y: number; side: number };

/** The crop's side over the face's longer one, from the hairline to the chin. */
const MARGIN = 2.2;
/** How far the crop's middle is above the face's, over the face's height: for the hair. */
const RAISED = 0.05;

/**
 * The square of a picture that makes a portrait of a face: head, hair and neck. It stays within the
 * picture, and is smaller and less centred for that where it must be.
 */
export function portraitCrop(
  { landmarks }: Pick<Face, "landmarks">,
  picture: { width: number; height: number },
): Crop {
  const face = boundsOf(landmarks);
  const wanted = Math.round(Math.max(face.width, face.height) * MARGIN);
  const side = Math.min(wanted, picture.width, picture.height);
  const corner = (middle: number, length: number) =>
    Math.round(Math.min(Math.max(middle - side / 2, 0), length - side));
  return {
    x: corner(face.x, picture.width),
    y: corner(face.y - face.height * RAISED, picture.height),
    side,
  };
}

/** A face of a picture in the picture that a crop of it makes when it is scaled to `size` pixels a side. */
export function cropFace(face: Face, { crop, size }: { crop: Crop; size: number }): Face {
  const scale = size / crop.side;
  const landmarks = face.landmarks.map(
    (value, index) => (value - (index % 2 === 0 ? crop.x : crop.y)) * scale,
  );
  return { ...face, landmarks };
}
