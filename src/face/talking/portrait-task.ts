import type { Audio } from "../../domain/audio.ts";
import type { Picture, VisemeSpan } from "../../domain/face.ts";

/** What the portrait worker does. */
export type PortraitTask =
  | { kind: "read"; file: string; maxSide: number }
  | ({ kind: "talk" } & TalkTask);

export type TalkTask = {
  /** Of the video's size; even sides. */
  picture: Picture;
  landmarks: Float32Array;
  audio: Audio;
  visemes: readonly VisemeSpan[];
  fps: number;
  /** Makes blinks and small movements its own. */
  seed: number;
  out: string;
};

/** Frames made so far. */
export type PortraitProgress = { made: number; all: number };

export type TalkResult = { frames: number };
