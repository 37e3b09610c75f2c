import type { Audio, Interval } from "../domain/audio.ts";

export type RecognizedWord = Interval & { text: string };

export type Transcript = {
  /** What was heard, in the language's own writing; empty when nothing was. */
  text: string;
  /** In speaking order, seconds; absent when the engine gives no timings. */
  words?: RecognizedWord[];
};

/** Writes down what is said (automatic speech recognition). The operator supplies the model. */
export interface SpeechRecognizer {
  /** Such as `sherpa`. */
  readonly provider: string;
  /**
   * @param audio Mono at any rate.
   * @param options.language BCP 47, such as `hi`; an engine may find it out by itself.
   * @throws AppError RECOGNITION_FAILED when the engine fails, CANCELLED.
   */
  transcribe(audio: Audio, options: { language: string; signal: AbortSignal }): Promise<Transcript>;
  close(): Promise<void>;
}
