import type { Audio } from "../../domain/audio.ts";
import type { Speech, SpeechModel, SpeechRequest } from "../../ports/speech-model.ts";

const SAMPLE_RATE = 16_000;

/** A tone that swells and fades, so that neither end looks cut off. */
export function tone({ seconds, hz = 220 }: { seconds: number; hz?: number }): Audio {
  const samples = new Float32Array(Math.round(seconds * SAMPLE_RATE));
  for (const index of samples.keys()) {
    const swell = Math.sin((Math.PI * (index + 0.5)) / samples.length);
    samples[index] = 0.5 * swell * Math.sin((2 * Math.PI * hz * index) / SAMPLE_RATE);
  }
  return { samples, sampleRate: SAMPLE_RATE };
}

export type FakeModel = SpeechModel & {
  /** Every request so far, in order. */
  readonly requests: SpeechRequest[];
};

/** A model whose sounds the test makes; `speak` gets the number of the request, from 1. */
export function fakeModel(
  speak: (request: SpeechRequest, number: number, signal: AbortSignal) => Audio | Promise<Audio>,
): FakeModel {
  const requests: SpeechRequest[] = [];
  return {
    provider: "fake",
    requests,
    cacheKey: ({ text, voice = "", speed = 1 }) => JSON.stringify(["fake", text, voice, speed]),
    async speak(request, { signal }): Promise<Speech> {
      requests.push(request);
      const audio = await speak(request, requests.length, signal);
      return { audio, voice: request.voice ?? "fake", warnings: [] };
    },
    async close() {},
  };
}
