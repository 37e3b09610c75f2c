import { AppError } from "../domain/app-error.ts";
import { NAL, nalType, unitsOfSample } from "./h264/nal-units.ts";
import type { SlotChange } from "./mp4/index-patches.ts";
import type { StretchCell } from "./template-context.ts";
import type { Patch } from "./template-file.ts";

/**
 * Puts new pictures into a slot's cell; those of the base that are left move up behind them.
 * @throws AppError RENDER_FAILED when they do not end at a cut, or are too many or too large.
 */
export function placePictures(
  { cell, sizes, cuts, maxPictures, maxBytes }: StretchCell,
  pictures: readonly Uint8Array[],
): { patches: Patch[]; change: NonNullable<SlotChange["pictures"]> } {
  const count = pictures.length;
  const bytes = pictures.reduce((sum, picture) => sum + picture.length, 0);
  if (count < cell.count && !cuts.includes(count)) {
    throw new AppError(
      "RENDER_FAILED",
      `${count} new pictures were given for a slot, where they may end after ${cuts.join(", ")}: make as many`,
    );
  }
  if (count > maxPictures || bytes > maxBytes) {
    throw new AppError(
      "RENDER_FAILED",
      `${count} new pictures of ${bytes} bytes were given for a slot, at most ${maxPictures} of ${maxBytes} bytes fit: encode them smaller, or shorten --text`,
    );
  }
  const patches: Patch[] = [];
  let at = cell.offset;
  for (const picture of pictures) {
    patches.push({ offset: at, bytes: picture });
    at += picture.length;
  }
  const sum = (list: readonly number[]) => list.reduce((total, size) => total + size, 0);
  const from = cell.offset + sum(sizes.slice(0, count));
  const length = sum(sizes.slice(count));
  if (length > 0) patches.push({ offset: at, from, length });
  const keys = pictures.flatMap((picture, i) => (isKey(picture) ? [i] : []));
  return { patches, change: { sizes: pictures.map(({ length: size }) => size), keys } };
}

function isKey(picture: Uint8Array): boolean {
  const bytes = Buffer.from(picture.buffer, picture.byteOffset, picture.byteLength);
  return unitsOfSample(bytes).some((unit) => nalType(unit) === NAL.idr);
}
