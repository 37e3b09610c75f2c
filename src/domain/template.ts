import type { Interval } from "./audio.ts";

/** A base compiled once: a playable file of which each recipient's file differs by a few pieces. */
export type Template = {
  /** Content hash of everything it was compiled from. */
  id: string;
  mediaType: "video/mp4" | "audio/mpeg";
  /** Folder with all that a media worker needs to render from it. */
  folder: string;
  /** The playable file in it. */
  file: string;
  sizeBytes: number;
  /** Seconds. */
  duration: number;
  /** Of the audio that is edited, Hz. */
  sampleRate: number;
  /** The change of length an edit may make is a multiple of this, in samples; 0: none may be made. */
  lengthStep: number;
  /** The pictures that may be replaced, one entry for each slot; null where all of them stay. */
  stretches: (PictureStretch | null)[];
  /** Whose packets the audio consists of: the base's own, or ones encoded once for this template. */
  audio: "base" | "encoded";
  /** The picture: the base's own packets, an H.264 copy made once, or none. */
  video: "base" | "encoded" | "none";
};

/** A run of a template's pictures that can be replaced: key frames stand at its first and behind its last. */
export type PictureStretch = Interval & {
  /** A video of the pictures as the base has them, near lossless; its name in the template's folder. */
  file: string;
  /** Pixels, both even. */
  width: number;
  height: number;
  /** How many there are; each is shown for `(end - start) / frames` seconds. */
  frames: number;
  /** After so many of them new ones may end, as a key frame follows; ascending, the last is `frames`. */
  cuts: number[];
  /** What new pictures may take together; less where they end at an earlier cut. */
  maxBytes: number;
};
