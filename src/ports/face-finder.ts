import type { Face, Picture } from "../domain/face.ts";

/** Finds faces in pictures. */
export interface FaceFinder {
  /**
   * The faces of a picture, the largest first; none is an empty list. What is hardly a face has a low
   * score: the caller sets the bar.
   * @throws AppError MEDIA_TOO_LARGE; FACE_FAILED when the finder fails, CANCELLED.
   */
  find(picture: Picture, options: { signal: AbortSignal }): Promise<Face[]>;
  /** Ends its child processes. */
  close(): Promise<void>;
}
