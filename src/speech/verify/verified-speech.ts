import { AppError } from "../../domain/app-error.ts";
import type { Audio } from "../../domain/audio.ts";
import type { Speech, SpeechModel, SpeechRequest } from "../../ports/speech-model.ts";
import { canSpeakMany } from "../batch/batching-speech-model.ts";
import { excerpt } from "../text/request-text.ts";
import { cutEdges as findCutEdges, speechFault } from "./speech-check.ts";

const ATTEMPTS = 2;

/**
 * Makes sure that what the model returns is speech and may be the text: some engines return silence
 * or noise without an error. A clip that fails is made once more. Put a cache outside of this, as in
 * `createCachedSpeech(createVerifiedSpeech(model), …)`: inside, it would return the same clip again.
 * Speech that is cut off at the very start or end of the clip fails, too; with `cutEdges: "warn"`, for
 * recordings that nobody can make again, it gets the warning SPEECH_CUT.
 * A model that speaks batches still does, each clip with the same checks.
 * @throws AppError SPEECH_UNUSABLE when the second clip fails too, and whatever the model throws.
 */
export function createVerifiedSpeech(
  model: SpeechModel,
  { cutEdges = "fail" }: { cutEdges?: "fail" | "warn" } = {},
): SpeechModel {
  return {
    provider: model.provider,
    cacheKey: (request) => model.cacheKey(request),
    async speak(request, options) {
      let fault: string | null = null;
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const speech = await model.speak(request, options);
        const edges = edgesCut(speech.audio);
        fault = speechFault(speech.audio, request);
        if (fault === null && edges !== "" && cutEdges === "fail")
          fault = `is cut off at its ${edges}`;
        if (fault === null) return edges === "" ? speech : marked(speech, request, edges);
      }
      const message = `the ${model.provider} clip of ${excerpt(request.text)} ${fault}, twice: choose another voice or provider`;
      throw new AppError("SPEECH_UNUSABLE", message);
    },
    ...(canSpeakMany(model) && {
      batchesOf: (requests: readonly SpeechRequest[]) => model.batchesOf(requests),
      async speakMany(batch: readonly SpeechRequest[], options: { signal: AbortSignal }) {
        const speeches = await model.speakMany(batch, options);
        // What fails is spoken alone, with the attempts above.
        return speeches.map((speech, index) => {
          const request = batch[index];
          if (!speech || !request || speechFault(speech.audio, request) !== null) return null;
          return edgesCut(speech.audio) === "" ? speech : null;
        });
      },
    }),
    close: () => model.close(),
  };
}

function marked(speech: Speech, { text }: SpeechRequest, edges: string): Speech {
  const message = `${excerpt(text)} may be cut off at its ${edges}`;
  return { ...speech, warnings: [...speech.warnings, { code: "SPEECH_CUT", message }] };
}

/** Such as `start and end`; empty when speech begins and ends inside the clip. */
function edgesCut(audio: Audio): string {
  return findCutEdges(audio).join(" and ");
}
