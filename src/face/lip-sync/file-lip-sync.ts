import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { AppError } from "../../domain/app-error.ts";
import { diskError } from "../../domain/disk-error.ts";
import type { LipSync } from "../../ports/lip-sync.ts";
import type { FileEngine } from "../engines/file-engine.ts";
import { newPictures } from "./new-pictures.ts";
import type { StretchPool } from "./stretch-pool.ts";
import type { createStretchStudies } from "./stretch-studies.ts";

/** The engine's video among its inputs. */
const MADE = "result.mp4";

/**
 * Lip-sync by an engine that works on files: it gets the stretch's pictures and what is heard
 * meanwhile, and of what it makes the mouth is taken.
 */
export function createFileLipSync({
  engine,
  where,
  pool,
  studyOf,
}: {
  engine: FileEngine;
  /** Tells choices of a face apart. */
  where: string;
  /** It is not closed with the provider. */
  pool: StretchPool;
  studyOf: ReturnType<typeof createStretchStudies>;
}): LipSync {
  if (!engine.takes.includes("video")) {
    throw new AppError("INVALID_OPTION", `${engine.name} animates pictures, not videos`);
  }
  return {
    provider: engine.name,
    cacheKey: engine.cacheKey + where,
    async animate(request, { signal }) {
      const { stretch, file, faces } = await studyOf(request.template, request.stretch, signal);
      const { cuts, maxBytes } = stretch;
      const wanted = newPictures(request);
      const folder = await mkdtemp(path.join(tmpdir(), "vocative-lip-sync-")).catch(
        (cause: unknown) => {
          throw diskError(cause, tmpdir());
        },
      );
      try {
        const files = await pool.write({ kind: "write", file, wanted, folder }, signal);
        const made = path.join(folder, MADE);
        const seconds = wanted.sources.length * wanted.frameSeconds;
        await engine.run(
          { ...files, folder, out: made, seconds, speech: wanted.spoken },
          { signal },
        );
        return await pool.read({ kind: "read", made, file, faces, wanted, cuts, maxBytes }, signal);
      } finally {
        await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      }
    },
    close: async () => {},
  };
}
