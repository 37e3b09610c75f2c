import type { SpeechProvider } from "../campaign/campaign-options.ts";
import type { SpeechPolicy } from "../campaign/jobs/service-dependencies.ts";
import type { SpeechEnvironment } from "../config/speech-variables.ts";
import { AppError } from "../domain/app-error.ts";

/** Which providers of speech the operator has set up, and what is missing for the others. */
export function speechPolicyOf(speech: SpeechEnvironment): SpeechPolicy {
  const { offline, elevenlabs, openai, xttsServer, xttsCommand, sherpa } = speech;
  const xtts =
    "set VOCATIVE_XTTS_URL (a server) or VOCATIVE_XTTS_COMMAND (the program tts), and VOCATIVE_XTTS_SPEAKER";
  return {
    offline,
    hasElevenlabsKey: elevenlabs.apiKey !== null,
    missing: {
      ...(openai === null && { openai: "set OPENAI_API_KEY or VOCATIVE_OPENAI_SPEECH_URL" }),
      ...(xttsServer === null && xttsCommand === null && { xtts }),
      ...(sherpa === null && {
        sherpa: "name a folder of sherpa-onnx models with VOCATIVE_SHERPA_MODELS",
      }),
    },
  };
}

/**
 * Refuses a provider that cannot be used here.
 * @throws AppError OPTION_UNAVAILABLE with what to do about it.
 */
export function requireProvider(provider: SpeechProvider, speech: SpeechEnvironment): void {
  const { offline, missing } = speechPolicyOf(speech);
  if (offline && (provider === "elevenlabs" || provider === "gtts")) {
    throw new AppError(
      "OPTION_UNAVAILABLE",
      `--tts-provider ${provider} is on the internet and VOCATIVE_OFFLINE is set: unset it, or choose another one`,
    );
  }
  const lacks = missing[provider];
  if (lacks === undefined) return;
  throw new AppError(
    "OPTION_UNAVAILABLE",
    `--tts-provider ${provider} is not set up: ${lacks}, or choose another one`,
  );
}
