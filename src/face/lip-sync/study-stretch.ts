import type { Face } from "../../domain/face.ts";
import type { PictureStretch } from "../../domain/template.ts";
import type { FaceFinder } from "../../ports/face-finder.ts";
import { followFace } from "../landmarks/follow-face.ts";
import { smoothTrack } from "../landmarks/track-face.ts";
import type { LookTask, Seen } from "./lip-sync-task.ts";
import { findSceneCut, sceneFields } from "./scene-cut.ts";

/** Pictures that travel between processes at a time. */
const AT_ONCE = 8;
/** Faces are found as well in smaller pictures, and these travel faster. */
const LOOKED_AT_SIDE = 1280;

/** Whoever makes pictures has all of a stretch in memory: more would end the worker. */
const MOST_BYTES = 1600 * 2 ** 20;

/** What is known of the face in a stretch, for all recipients. */
export type StretchStudy =
  | { kind: "usable"; faces: Face[] }
  | {
      kind: "refused";
      /** One line, with the remedy. */
      message: string;
    };

/**
 * Follows the speaker's face through the pictures of a stretch: the largest one, or that nearest to a
 * point of the picture.
 * @param options.at Shares of the picture's width and height, 0..1.
 */
export async function studyStretch({
  file,
  stretch,
  at,
  look,
  faces: finder,
  signal,
}: {
  file: string;
  stretch: PictureStretch;
  at: { x: number; y: number } | null;
  look: (task: LookTask) => Promise<Seen[]>;
  faces: FaceFinder;
  signal: AbortSignal;
}): Promise<StretchStudy> {
  const tooLarge = refuseTooLarge(stretch);
  if (tooLarge) return tooLarge;
  const found: Face[][] = [];
  const fields: Float64Array[] = [];
  let sideways = false;
  for (let from = 0; from < stretch.frames; from += AT_ONCE) {
    const to = Math.min(stretch.frames, from + AT_ONCE);
    for (const seen of await look({ kind: "look", file, from, to, maxSide: LOOKED_AT_SIDE })) {
      const faces = await finder.find(seen.picture, { signal });
      found.push(faces.map((face) => enlarged(face, seen.scale)));
      fields.push(sceneFields(seen.picture));
      sideways = seen.sideways ?? false;
    }
  }
  const timeOf = (picture: number) =>
    (stretch.start + (picture * (stretch.end - stretch.start)) / stretch.frames).toFixed(2);
  const cut = findSceneCut(fields);
  if (cut !== null) {
    const message = `at ${timeOf(cut)} s of the base another scene begins: choose a slot that no cut is in or near to`;
    return { kind: "refused", message };
  }
  const { width, height } = stretch;
  const shown = sideways ? { width: height, height: width } : { width, height };
  const point = at && { x: at.x * shown.width, y: at.y * shown.height };
  const track = smoothTrack(followFace(found, point ? { at: point } : {}));
  if (track.kind === "usable") return { kind: "usable", faces: track.frames };
  return { kind: "refused", message: `at ${timeOf(track.frame)} s of the base ${track.message}` };
}

function enlarged(face: Face, scale: number): Face {
  return scale === 1 ? face : { ...face, landmarks: face.landmarks.map((value) => value * scale) };
}

function refuseTooLarge({ start, width, height, frames }: PictureStretch): StretchStudy | null {
  const bytes = 1.5 * width * height * frames;
  if (bytes <= MOST_BYTES) return null;
  const [size, most] = [bytes, MOST_BYTES].map((one) => Math.round(one / 2 ** 20));
  const message = `at ${start.toFixed(2)} s of the base ${frames} pictures of ${width}×${height} take ${size} MB, at most ${most} MB are possible: give a smaller video, or a slot with a shorter pause`;
  return { kind: "refused", message };
}
