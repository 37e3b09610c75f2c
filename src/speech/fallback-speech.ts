import { type AppError, type ErrorCode, toAppError } from "../domain/app-error.ts";
import { isRetryLater } from "../domain/retry-later.ts";
import type { SpeechModel, SpeechRequest } from "../ports/speech-model.ts";

/** The first voice cannot serve; a wrong request or voice would be wrong with the second one, too. */
const OUT_OF_REACH: readonly ErrorCode[] = ["SPEECH_FAILED", "SPEECH_REFUSED", "SPEECH_UNUSABLE"];

/**
 * Speaks with `first`, and with `second` whatever that cannot speak: each such text has the warning
 * VOICE_FALLBACK. Give both a cache of their own below this; the key is the first one's, so that an
 * output is the same work whoever speaks it. A voice chosen by name is the first one's: the second
 * chooses for itself.
 */
export function createFallbackSpeech({
  first,
  second,
}: {
  first: SpeechModel;
  second: SpeechModel;
}): SpeechModel {
  return {
    provider: first.provider,
    cacheKey: (request) => first.cacheKey(request),
    async speak(request, options) {
      try {
        return await first.speak(request, options);
      } catch (thrown) {
        const reason = toAppError(thrown);
        if (!isOutOfReach(reason)) throw thrown;
        const speech = await second.speak(withoutVoice(request), options);
        const message = `${first.provider} could not speak, ${nameOf(second)} did instead: ${reason.message}`;
        return { ...speech, warnings: [{ code: "VOICE_FALLBACK", message }, ...speech.warnings] };
      }
    },
    ...(first.prepare && {
      prepare: async (requests, options) => first.prepare?.(requests, options),
    }),
    ...(first.voices && { voices: async (options) => (await first.voices?.(options)) ?? [] }),
    async close() {
      await Promise.all([first.close(), second.close()]);
    },
  };
}

function isOutOfReach(error: AppError): boolean {
  return OUT_OF_REACH.includes(error.code) || isRetryLater(error);
}

function nameOf({ provider }: SpeechModel): string {
  return provider === "espeak" ? "the embedded voice" : provider;
}

function withoutVoice({ voice: _, ...request }: SpeechRequest): SpeechRequest {
  return request;
}
