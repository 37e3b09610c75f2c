import { AppError } from "../../domain/app-error.ts";
import type { Picture } from "../../domain/face.ts";
import { avatarLandmarks } from "./avatar-landmarks.ts";
import { paintAvatar } from "./paint-avatar.ts";

/** Sides that the avatar can be drawn in, pixels. */
export const AVATAR_SIZES = { least: 128, most: 2048 } as const;

/**
 * The default avatar: an illustrated adult, head and shoulders, who looks at the camera with closed
 * lips and open eyes. Nobody sat for it. The same pixels every time.
 * @param size Side of the square picture, whole pixels, 128..2048.
 * @returns The picture and its `[landmark][x, y]` in pixels, flat, as of `Face`.
 * @throws AppError INVALID_OPTION for another size.
 */
export function drawAvatar(size: number): { picture: Picture; landmarks: Float32Array } {
  const { least, most } = AVATAR_SIZES;
  if (!(Number.isInteger(size) && size >= least && size <= most)) {
    const message = `the avatar cannot be drawn ${size} pixels wide: ask for a whole number from ${least} to ${most}`;
    throw new AppError("INVALID_OPTION", message);
  }
  return { picture: paintAvatar(size), landmarks: avatarLandmarks(size) };
}
