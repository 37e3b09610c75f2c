import path from "node:path";
import { AppError } from "../../domain/app-error.ts";
import type { Face } from "../../domain/face.ts";
import { createSharedWork } from "../../domain/shared-work.ts";
import type { PictureStretch, Template } from "../../domain/template.ts";
import type { FaceFinder } from "../../ports/face-finder.ts";
import type { LookTask } from "./lip-sync-task.ts";
import type { StretchPool } from "./stretch-pool.ts";
import { readStudy, writeStudy } from "./study-file.ts";
import { type StretchStudy, studyStretch } from "./study-stretch.ts";

/** Stretches whose study is at hand. */
const AT_HAND = 32;

/** A stretch as a provider works on it. */
export type StudiedStretch = {
  stretch: PictureStretch;
  /** Path of its video. */
  file: string;
  /** The speaker's face in each of its pictures. */
  faces: Face[];
};

/**
 * Finds the speaker's face in stretches, once for all recipients and providers: what is found is kept
 * in the template's folder.
 * @param at Whose face where there are several: nearest to this point, in shares of the picture; the
 * largest when null.
 * @throws AppError (from the result) FACE_UNSUITABLE with the reason and the remedy, FACE_FAILED, CANCELLED.
 */
export function createStretchStudies({
  pool,
  faces,
  at,
}: {
  pool: StretchPool;
  faces: FaceFinder;
  at: { x: number; y: number } | null;
}): (template: Template, index: number, signal: AbortSignal) => Promise<StudiedStretch> {
  const studies = createSharedWork<StretchStudy>(AT_HAND);
  const suffix = at ? `.${at.x},${at.y}` : "";
  return async (template, index, signal) => {
    const stretch = template.stretches[index];
    if (!stretch) throw new AppError("INTERNAL", `the template has no stretch ${index}`);
    const file = path.join(template.folder, stretch.file);
    const kept = `${file}${suffix}.face.json`;
    const anew = async (shared: AbortSignal): Promise<StretchStudy> => {
      const known = await readStudy(kept);
      if (known) return known;
      const look = (task: LookTask) => pool.look(task, shared);
      const found = await studyStretch({ file, stretch, at, look, faces, signal: shared });
      await writeStudy(kept, found);
      return found;
    };
    const study = await studies.get(kept, anew, signal);
    if (study.kind === "refused") throw new AppError("FACE_UNSUITABLE", study.message);
    return { stretch, file, faces: study.faces };
  };
}
