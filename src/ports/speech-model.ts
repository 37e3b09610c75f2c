import type { Audio, Interval } from "../domain/audio.ts";
import type { Warning } from "../domain/warning.ts";

/** What is to be spoken, and how. Everything here shapes the sound. */
export type SpeechRequest = {
  /** Plain text: never SSML; an adapter escapes what its engine would interpret. */
  text: string;
  /** BCP 47 language of the campaign, such as `hi`; the text may be in another script. */
  language: string;
  /** The provider's name of a voice; without it the adapter chooses by script and language. */
  voice?: string;
  /** Speaking rate as a factor of the voice's natural one, 0.5..2; 1 when left out. */
  speed?: number;
};

/** One phoneme (IPA) with its place in the sound, in seconds. */
export type Phoneme = Interval & { symbol: string };

export type Speech = {
  audio: Audio;
  /** The voice that spoke. */
  voice: string;
  /** In speaking order; absent when the provider gives no timings. */
  phonemes?: Phoneme[];
  warnings: Warning[];
};

/** A provider of spoken text. One conformance suite (test/conformance) holds for every adapter. */
export interface SpeechModel {
  /** The provider's name in options and reports, such as `espeak`. */
  readonly provider: string;
  /**
   * All that shapes the sound of `request` in this model, as a stable string: provider, engine
   * version, model, chosen voice, settings, text. Two requests with equal keys sound alike, so it is
   * what a clip is cached by. It never holds a secret.
   */
  cacheKey(request: SpeechRequest): string;
  /**
   * Speaks `request.text`.
   * @throws AppError SPEECH_FAILED (with `retryable`) when the provider fails, VOICE_UNKNOWN when it
   * has no such voice, CANCELLED when `signal` aborts.
   */
  speak(request: SpeechRequest, options: { signal: AbortSignal }): Promise<Speech>;
  /** Ends child processes and connections; the model cannot speak afterwards. */
  close(): Promise<void>;
}
