import { AppError } from "../../domain/app-error.ts";
import type { Face, Picture } from "../../domain/face.ts";
import type { FacePlace } from "../../ports/portrait-animator.ts";
import { boundsOf } from "../landmarks/landmark-points.ts";

/** A face may be pointed at so much beside it, over its size: at its hair or its ears. */
const BESIDE = 0.25;

/**
 * The faces of a picture at a place of it, the one whose middle is nearest first.
 * @throws AppError INVALID_OPTION when the place is not in the picture, NO_FACE when none is there.
 */
export function facesAt(
  place: FacePlace,
  { faces, picture }: { faces: readonly Face[]; picture: Pick<Picture, "width" | "height"> },
): Face[] {
  const { x, y } = place;
  if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) {
    throw new AppError(
      "INVALID_OPTION",
      `the face at ${x},${y} is not in the picture: give two numbers from 0 to 1`,
    );
  }
  const near = faces.flatMap((face) => {
    const box = boundsOf(face.landmarks);
    const across = Math.abs(x * picture.width - box.x) / box.width;
    const down = Math.abs(y * picture.height - box.y) / box.height;
    const far = Math.max(across, down);
    return far <= 0.5 + BESIDE ? [{ face, far }] : [];
  });
  if (near.length === 0 && faces.length > 0) {
    const places = faces.map(({ landmarks }) => {
      const box = boundsOf(landmarks);
      return `${(box.x / picture.width).toFixed(2)},${(box.y / picture.height).toFixed(2)}`;
    });
    throw new AppError(
      "NO_FACE",
      `no face was found at ${x},${y}: give the place of one that was, ${places.join(" or ")}`,
    );
  }
  return near.toSorted((a, b) => a.far - b.far).map(({ face }) => face);
}
