import type { LipSync } from "../../ports/lip-sync.ts";
import type { Maker } from "./lip-sync-task.ts";
import { newPictures } from "./new-pictures.ts";
import type { StretchPool } from "./stretch-pool.ts";
import type { createStretchStudies } from "./stretch-studies.ts";

/** Lip-sync by a maker of pictures that is part of this program, in child processes. */
export function createPictureLipSync({
  provider,
  cacheKey,
  maker,
  pool,
  studyOf,
}: {
  provider: string;
  cacheKey: string;
  maker: Maker;
  /** It is not closed with the provider. */
  pool: StretchPool;
  studyOf: ReturnType<typeof createStretchStudies>;
}): LipSync {
  return {
    provider,
    cacheKey,
    async animate(request, { signal }) {
      const { stretch, file, faces } = await studyOf(request.template, request.stretch, signal);
      const { cuts, maxBytes } = stretch;
      const wanted = newPictures(request);
      return pool.make({ kind: "make", maker, file, faces, wanted, cuts, maxBytes }, signal);
    },
    close: async () => {},
  };
}
