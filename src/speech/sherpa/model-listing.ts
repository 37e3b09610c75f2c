import { type FoundModel, findModels } from "./find-models.ts";
import type { FindOptions } from "./pick-files.ts";

/** How old a listing may be: models may be added and replaced at any time. */
const FRESH_MS = 5000;

/** `findModels` for a folder that is asked for often. */
export function createModelListing(
  folder: string,
  { clock, ...options }: FindOptions & { clock: () => number },
): () => FoundModel[] {
  let read: { models: FoundModel[]; at: number } | undefined;
  return () => {
    if (read === undefined || clock() - read.at >= FRESH_MS) {
      read = { models: findModels(folder, options), at: clock() };
    }
    return read.models;
  };
}
