import type { Audio } from "../../domain/audio.ts";
import type { Face, VisemeSpan } from "../../domain/face.ts";
import type { Yuv420 } from "../portrait/planes.ts";

/** A stretch of a base as it lies before an engine. */
export type FilmedFace = {
  /** The pictures of the stretch. */
  pictures: readonly Yuv420[];
  /** The speaker's face in each of them, smoothed over time. */
  faces: readonly Face[];
  /** Pictures of the same speaker from elsewhere in the base with an open mouth, the widest open first; may be empty. */
  openMouths: readonly { picture: Yuv420; face: Face }[];
};

/** The pictures that are to be made of a stretch. */
export type NewPictures = {
  /** For each picture the one of the stretch that it shows. */
  sources: readonly number[];
  frameSeconds: number;
  /** What is heard from the first picture on, mono. */
  audio: Audio;
  /** When the new words are heard, seconds after the first picture. */
  spoken: { start: number; end: number };
  /** Seconds after the first picture. */
  visemes: readonly VisemeSpan[];
};

/** Makes new pictures of a face in the lip-sync worker: one after another, each is used before the next is asked for. */
export type PictureMaker = (
  face: FilmedFace,
  wanted: NewPictures,
) => Iterable<Yuv420> | AsyncIterable<Yuv420>;
