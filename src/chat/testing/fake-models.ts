import { AppError } from "../../domain/app-error.ts";
import type { LanguageAnswer, LanguageModel, LanguageRequest } from "../../ports/language-model.ts";
import type { Speech, SpeechModel, SpeechRequest } from "../../ports/speech-model.ts";

/** An answer in pieces; it counts as many tokens as there are pieces. */
export function fakeAnswer(pieces: readonly string[], signal: AbortSignal): LanguageAnswer {
  const end = Promise.withResolvers<Awaited<LanguageAnswer["end"]>>();
  end.promise.catch(() => {});
  async function* text() {
    try {
      for (const piece of pieces) {
        if (signal.aborted) throw new AppError("CANCELLED", "cancelled");
        yield piece;
      }
      end.resolve({ tokensUsed: pieces.length, finish: "stop", sources: [] });
    } catch (thrown) {
      end.reject(thrown);
      throw thrown;
    }
  }
  return { text: text(), end: end.promise };
}

/** A language model that says what `reply` says, and what it was asked. */
export function createFakeLanguage(
  reply: (request: LanguageRequest) => readonly string[],
): LanguageModel & { asked: LanguageRequest[] } {
  const asked: LanguageRequest[] = [];
  return {
    provider: "fake",
    asked,
    answer(request, { signal }) {
      asked.push(request);
      return fakeAnswer(reply(request), signal);
    },
    close: async () => {},
  };
}

/** A tone of 50 ms a character at 8 kHz. */
export function fakeSpeech(text: string): Speech {
  const sampleRate = 8000;
  const samples = new Float32Array(text.length * 400);
  for (let i = 0; i < samples.length; i++)
    samples[i] = 0.3 * Math.sin((2 * Math.PI * 220 * i) / sampleRate);
  return { audio: { samples, sampleRate }, voice: "tone", warnings: [] };
}

export function createFakeVoice(): SpeechModel & { spoken: SpeechRequest[] } {
  const spoken: SpeechRequest[] = [];
  return {
    provider: "fake",
    spoken,
    cacheKey: ({ text }) => text,
    async speak(request, { signal }) {
      if (signal.aborted) throw new AppError("CANCELLED", "cancelled");
      spoken.push(request);
      return fakeSpeech(request.text);
    },
    close: async () => {},
  };
}
