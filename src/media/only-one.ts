import { AppError } from "../domain/app-error.ts";

/**
 * The one entry of a list.
 * @throws AppError SLOT_INVALID when there are several, or none.
 */
export function onlyOne<Entry>(entries: readonly Entry[]): Entry {
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) {
    throw new AppError(
      "SLOT_INVALID",
      `${entries.length} slots were given and this kind of output has 1: give one slot with --slot`,
    );
  }
  return entry;
}
