import type { Audio } from "../../domain/audio.ts";
import type { Picture } from "../../domain/face.ts";
import type { MadePictures } from "./stretch-files.ts";

/** What the worker for portraits of file engines does. */
export type PortraitFileTask =
  | { kind: "read"; file: string; maxSide: number }
  | { kind: "sound"; audio: Audio; file: string }
  | ({ kind: "finish" } & FinishTask);

/** Writes an engine's pictures again, with the whole sound and marked as synthetic. */
export type FinishTask = MadePictures & {
  /** Frames a second. */
  fps: number;
  audio: Audio;
  out: string;
};

/** Of "read" a picture, of others nothing. */
export type PortraitFileResult = Picture | null;
