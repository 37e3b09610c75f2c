import { writeFile } from "node:fs/promises";
import type { VoiceChoice } from "../campaign/voice-choice.ts";
import type { Environment } from "../config/environment.ts";
import { AppError } from "../domain/app-error.ts";
import { diskError } from "../domain/disk-error.ts";
import { wavFile } from "../domain/wav-file.ts";
import type { PooledMediaEngine } from "../media/media-engine.ts";
import type { Speech, Voice } from "../ports/speech-model.ts";
import { createProvider } from "./speech-providers.ts";
import { createVoices } from "./voices.ts";

type Setup = {
  environment: Environment;
  media: PooledMediaEngine;
  choice: VoiceChoice;
  signal: AbortSignal;
};

/**
 * The voices of a provider, without speaking.
 * @throws AppError OPTION_UNAVAILABLE for one that is not set up or has no list.
 */
export async function listVoices({ environment, media, choice, signal }: Setup): Promise<Voice[]> {
  const { ttsProvider } = choice.options;
  const model = createProvider(choice, { environment, media, nameCacheDir: undefined });
  try {
    if (model.voices) return await model.voices({ signal });
  } finally {
    await model.close();
  }
  throw new AppError("OPTION_UNAVAILABLE", `${ttsProvider} has no list of voices`);
}

/** Speaks a text with the checks of a campaign and writes it to a WAV file. */
export async function sayToFile(
  { environment, media, choice, signal }: Setup,
  { text, file }: { text: string; file: string },
): Promise<Speech> {
  const voices = createVoices({ environment, media });
  try {
    const { lang, voice } = choice.options;
    const request = { text, language: lang, ...(voice !== undefined && { voice }) };
    const speech = await voices.get(choice).speak(request, { signal });
    await writeFile(file, wavFile(speech.audio)).catch((cause: unknown) => {
      throw diskError(cause, file);
    });
    return speech;
  } finally {
    await voices.close();
  }
}
