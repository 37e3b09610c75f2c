import { AppError } from "../../domain/app-error.ts";
import type { Speech, SpeechModel, SpeechRequest } from "../../ports/speech-model.ts";
import { excerpt } from "../text/request-text.ts";
import { cutEdges, speechFault } from "./speech-check.ts";

const ATTEMPTS = 2;

/**
 * Makes sure that what the model returns is speech and may be the text: some engines return silence
 * or noise without an error. A clip that fails is made once more. Put a cache outside of this, as in
 * `createCachedSpeech(createVerifiedSpeech(model), …)`: inside, it would return the same clip again.
 * Speech that touches the very start or end of the clip only gets a warning, SPEECH_CUT.
 * @throws AppError SPEECH_UNUSABLE when the second clip fails too, and whatever the model throws.
 */
export function createVerifiedSpeech(model: SpeechModel): SpeechModel {
  return {
    provider: model.provider,
    cacheKey: (request) => model.cacheKey(request),
    async speak(request, options) {
      let fault: string | null = null;
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const speech = await model.speak(request, options);
        fault = speechFault(speech.audio, request);
        if (fault === null) return marked(speech, request);
      }
      const message = `the ${model.provider} clip of ${excerpt(request.text)} ${fault}, twice: choose another voice or provider`;
      throw new AppError("SPEECH_UNUSABLE", message);
    },
    close: () => model.close(),
  };
}

function marked(speech: Speech, { text }: SpeechRequest): Speech {
  const edges = cutEdges(speech.audio);
  if (edges.length === 0) return speech;
  const message = `${excerpt(text)} may be cut off at its ${edges.join(" and ")}`;
  return { ...speech, warnings: [...speech.warnings, { code: "SPEECH_CUT", message }] };
}
