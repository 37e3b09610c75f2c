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
  /** Where edits may lie, in seconds of the base's timeline. */
  editable: Interval;
  /** Whose packets the audio consists of: the base's own, or ones encoded once for this template. */
  audio: "base" | "encoded";
  /** The picture: the base's own packets, an H.264 copy made once, or none. */
  video: "base" | "encoded" | "none";
};
