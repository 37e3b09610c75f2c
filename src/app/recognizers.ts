import type { Environment } from "../config/environment.ts";
import type { MediaEngine } from "../ports/media-engine.ts";
import type { SpeechRecognizer } from "../ports/speech-recognizer.ts";
import { createSherpaRecognizer } from "../recognition/sherpa-recognizer.ts";
import { createWhisperRecognizer } from "../recognition/whisper-recognizer.ts";
import { findModels } from "../speech/sherpa/find-models.ts";

/** The recogniser that the operator has a model for; undefined for none. */
export function createRecognizer(
  { speech }: Environment,
  media: MediaEngine,
): SpeechRecognizer | undefined {
  if (speech.whisperModel !== null) {
    return createWhisperRecognizer({ media, model: speech.whisperModel });
  }
  if (speech.sherpa === null) return undefined;
  const { models } = speech.sherpa;
  const any = findModels(models).some((model) => model.usable && model.task === "recognition");
  return any ? createSherpaRecognizer({ models }) : undefined;
}
