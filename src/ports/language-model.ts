import type { Message, Source } from "../domain/conversation.ts";

export type LanguageRequest = {
  /** Told before the conversation; empty for nothing. */
  system: string;
  /** In order; the last one is the user's. */
  messages: readonly Message[];
  /** Most tokens of the answer, 10..4096. */
  maxTokens: number;
  /** 0 predictable .. 2 wild. */
  temperature: number;
};

/** How an answer ended. */
export type AnswerEnd = {
  /** Of the request and the answer, as the provider counts them; words where it does not. */
  tokensUsed: number;
  /** `length`: cut at `maxTokens`. */
  finish: "stop" | "length";
  /** Empty where the provider has none. */
  sources: Source[];
};

export type LanguageAnswer = {
  /**
   * The text as it comes, piece by piece; can be gone through once.
   * @throws AppError LANGUAGE_FAILED (with `retryable`), LANGUAGE_REFUSED (key, quota), LANGUAGE_BLOCKED
   * (the provider will not answer this), CANCELLED when the signal aborts: it never just ends.
   */
  text: AsyncIterable<string>;
  /** Settles when `text` is over; rejects as it does. */
  end: Promise<AnswerEnd>;
};

/** A provider of answers. One conformance suite (test/conformance) holds for every adapter. */
export interface LanguageModel {
  /** The provider's name in options and reports, such as `faq`. */
  readonly provider: string;
  /** Begins to answer; what fails is told by the answer. */
  answer(request: LanguageRequest, options: { signal: AbortSignal }): LanguageAnswer;
  /** Ends connections. */
  close(): Promise<void>;
}
