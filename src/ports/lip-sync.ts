import type { Audio } from "../domain/audio.ts";
import type { Template } from "../domain/template.ts";
import type { Phoneme } from "./speech-model.ts";

export type LipSyncRequest = {
  template: Template;
  /** Which of the template's stretches. */
  stretch: number;
  /**
   * For each picture to be made the one of the stretch that it shows, from 0: some may be shown again
   * where a text takes longer than there are pictures.
   */
  sources: readonly number[];
  /** How long each picture is shown, seconds. */
  frameSeconds: number;
  /** What is said meanwhile, mono, at its pace in the output. */
  speech: {
    audio: Audio;
    /** When it begins, seconds after the first picture is shown. */
    start: number;
    /** Of the audio, where the voice tells them; without, the sound itself moves the mouth. */
    phonemes?: readonly Phoneme[];
  };
};

/** Makes a person's mouth move to another sound, in the pictures of a template's stretch. */
export interface LipSync {
  /** The provider's name in options and reports, such as `mouth`. */
  readonly provider: string;
  /** All that shapes its pictures besides the request, as a stable string; never a secret. */
  readonly cacheKey: string;
  /**
   * Makes new pictures of a stretch. What has to be found out of it, such as where the face is, is found
   * once for all recipients and kept in the template's folder.
   * @returns One access unit for each of `sources`, as `SlotEdit.pictures` wants them.
   * @throws AppError NO_FACE, FACE_UNSUITABLE (the pictures do not suit: nothing is wrong with the
   * provider), FACE_FAILED (with `retryable`), CANCELLED; RetryLater when it asks to wait for long.
   */
  animate(request: LipSyncRequest, options: { signal: AbortSignal }): Promise<Uint8Array[]>;
  /** Ends child processes and connections. */
  close(): Promise<void>;
}
