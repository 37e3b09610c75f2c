import type { Audio } from "../domain/audio.ts";
import type { VisemeSpan } from "../domain/face.ts";
import type { Phoneme } from "./speech-model.ts";

/** A portrait that can answer at once. */
export type LivePortrait = {
  /** Pixels, even. */
  width: number;
  height: number;
  /** Frames a second. */
  fps: number;
  /** For `MediaSource`, such as `video/mp4; codecs="avc1.42C01E,mp4a.40.2"`. */
  mimeType: string;
  /** The boxes `ftyp` and `moov` that every player needs first; the same for all answers. */
  init: Uint8Array;
  /**
   * An MP4 without sound that joins itself seamlessly: the portrait while nothing is said. Made when it is
   * first asked for, which takes seconds, and kept. Answers begin and end with its first picture.
   * @throws AppError FACE_FAILED, CANCELLED when the faces are closed.
   */
  idle(): Promise<Uint8Array>;
  /**
   * Begins an answer. Its fragments begin at 0 on a timeline of its own. It is to be ended or cancelled:
   * until then it takes memory.
   */
  begin(options: { onFragment: (fragment: LiveFragment) => void }): LiveAnswer;
};

/** One `moof` and `mdat`, with picture and sound of the same stretch of time. */
export type LiveFragment = {
  bytes: Uint8Array;
  /** Seconds of the answer's timeline. */
  start: number;
  duration: number;
};

/** Where a clause came to stand, seconds of the answer's timeline. */
export type SaidClause = { start: number; end: number; visemes: VisemeSpan[] };

export interface LiveAnswer {
  /**
   * Says a clause as fast as its pictures can be made, after what was said before; its fragments are
   * handed over in order before the promise resolves. Clauses follow each other without a gap.
   * @throws AppError FACE_FAILED, CANCELLED.
   */
  say(clause: { audio: Audio; phonemes?: readonly Phoneme[] }): Promise<SaidClause>;
  /** Shows the portrait at rest, in silence: what comes next is late. */
  wait(seconds: number): Promise<void>;
  /** Comes to rest and hands over what is left. @returns the answer's length, seconds. */
  end(): Promise<number>;
  /** Writes all of an ended answer as one MP4, H.264 and AAC, index in front, marked as synthetic. */
  save(file: string): Promise<{ duration: number; frames: number }>;
  /** Stops at once and forgets everything; whatever was begun rejects with CANCELLED. */
  cancel(): void;
}

/** Portraits that answer at once, in child processes. */
export interface LiveFaces {
  /**
   * Opens a portrait, or takes one up that is open with the same settings.
   * @param request.image Path of a picture; null for the default avatar.
   * @param request.size Longer side, pixels, even, 128..1024.
   * @throws AppError as `PortraitAnimator.animate`.
   */
  open(
    request: { image: string | null; fps: number; size: number },
    options: { signal: AbortSignal },
  ): Promise<LivePortrait>;
  /** Bytes of memory that open portraits take, for the operator. */
  memory(): number;
  close(): Promise<void>;
}
