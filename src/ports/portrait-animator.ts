import type { Audio } from "../domain/audio.ts";
import type { VisemeSpan } from "../domain/face.ts";
import type { Warning } from "../domain/warning.ts";
import type { Phoneme } from "./speech-model.ts";

export type FacePlace = { x: number; y: number };

export type TalkingRequest = {
  /** A PNG, JPEG or WebP of a face; null for the default avatar. */
  image: string | null;
  /**
   * A place on the face that is to talk: x over the width of the upright picture and y over its height,
   * 0..1. Without, the largest face talks.
   */
  face?: FacePlace;
  /** What it says, mono. */
  audio: Audio;
  /** Of the audio, where the voice tells them; without, the sound itself moves the mouth. */
  phonemes?: readonly Phoneme[];
  /** Frames a second, 15..60. */
  fps: number;
  /** Longer side of the video, pixels, even, 128..2048. */
  size: number;
  /** `face`: a square around the face; `whole`: the picture as it is. */
  crop: "face" | "whole";
  /** Path of the MP4 to write; its folder exists. */
  out: string;
};

export type TalkingVideo = {
  /** Seconds, to the frame. */
  duration: number;
  frames: number;
  width: number;
  height: number;
  /** What the mouth does. */
  visemes: VisemeSpan[];
  warnings: Warning[];
};

/** Makes a still portrait talk. */
export interface PortraitAnimator {
  /**
   * Writes a video in which the portrait says the audio: H.264 and AAC, index in front, marked as
   * synthetic.
   * @param options.onFrame Frames made so far, of all.
   * @throws AppError NO_FACE, FACE_UNSUITABLE (turned away, too small), MEDIA_TYPE_NOT_ALLOWED,
   * MEDIA_UNREADABLE, MEDIA_TOO_LARGE, FACE_FAILED, OUTPUT_UNWRITABLE, DISK_FULL, CANCELLED. No file is
   * left then.
   */
  animate(
    request: TalkingRequest,
    options: { signal: AbortSignal; onFrame?: (made: number, all: number) => void },
  ): Promise<TalkingVideo>;
  close(): Promise<void>;
}
