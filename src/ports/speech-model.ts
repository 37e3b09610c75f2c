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
  /** What is said before and after it, which is not spoken: it shapes the melody where a provider uses it. */
  context?: { before: string; after: string };
  /** How stretches of `text` sound, where that is known; a provider that cannot use it warns. */
  pronunciations?: Pronunciation[];
};

/** A word or name of a text with its sound in the International Phonetic Alphabet, without slashes. */
export type Pronunciation = { written: string; ipa: string };

/** One phoneme (IPA) with its place in the sound, in seconds. */
export type Phoneme = Interval & { symbol: string };

/**
 * A word of the request's text, from character `from` (inclusive, UTF-16) to `to` (exclusive), and when
 * it is heard, in seconds.
 */
export type SpokenWord = Interval & { from: number; to: number };

export type Speech = {
  audio: Audio;
  /** The voice that spoke. */
  voice: string;
  /** In speaking order, one may be missing; absent when the provider gives no timings. */
  words?: SpokenWord[];
  /** In speaking order; absent when the provider gives no timings. */
  phonemes?: Phoneme[];
  warnings: Warning[];
};

/** A voice that a provider has. */
export type Voice = {
  /** What `SpeechRequest.voice` names it by. */
  id: string;
  /** For people; the id where the provider has no better one. */
  name: string;
  /** BCP 47; empty when the provider does not say, or for any language. */
  languages: string[];
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
   * @throws AppError SPEECH_FAILED (with `retryable`) when the provider fails, SPEECH_REFUSED when it
   * will refuse every request for a while (key, quota), VOICE_UNKNOWN when it has no such voice,
   * CANCELLED when `signal` aborts; RetryLater when it asks to wait for long.
   */
  speak(request: SpeechRequest, options: { signal: AbortSignal }): Promise<Speech>;
  /**
   * Readies what can be had more cheaply together than by one `speak` each, such as many names in one
   * request. What could not be readied is spoken when it is asked for. Absent: there is nothing to gain.
   * @throws AppError CANCELLED; nothing else.
   */
  prepare?(requests: readonly SpeechRequest[], options: { signal: AbortSignal }): Promise<void>;
  /**
   * The voices that can be asked for, without speaking: it costs nothing. Absent where they cannot be listed.
   * @throws AppError as `speak` does.
   */
  voices?(options: { signal: AbortSignal }): Promise<Voice[]>;
  /** Ends child processes and connections; the model cannot speak afterwards. */
  close(): Promise<void>;
}
