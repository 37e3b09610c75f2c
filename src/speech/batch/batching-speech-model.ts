import type { Speech, SpeechModel, SpeechRequest } from "../../ports/speech-model.ts";

/** A speech model that can speak several texts in one request. */
export type BatchingSpeechModel = SpeechModel & {
  /** Which of `requests` are best asked for together. Those that are in no batch are spoken alone. */
  batchesOf(requests: readonly SpeechRequest[]): SpeechRequest[][];
  /**
   * Speaks one batch, as `batchesOf` makes them.
   * @returns for each request its speech, or null: then it is to be spoken alone, by `speak`.
   * @throws AppError SPEECH_REFUSED, VOICE_UNKNOWN, CANCELLED, or RetryLater: asking for the texts one
   * by one would end likewise.
   */
  speakMany(
    batch: readonly SpeechRequest[],
    options: { signal: AbortSignal },
  ): Promise<(Speech | null)[]>;
};

export function canSpeakMany(model: SpeechModel): model is BatchingSpeechModel {
  return "speakMany" in model && "batchesOf" in model;
}
