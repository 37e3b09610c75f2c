import { AppError } from "../../domain/app-error.ts";
import { checkSignal } from "../../domain/check-signal.ts";
import type { Speech, SpeechModel } from "../../ports/speech-model.ts";
import { createPace } from "../../remote/pace.ts";
import { speakInParts } from "../remote/speak-in-parts.ts";
import {
  checkXttsVoice,
  requireXttsLanguage,
  xttsLanguage,
  xttsVoice,
  xttsWarnings,
} from "../remote/xtts.ts";
import { checkRequest } from "../text/request-text.ts";
import { speakableLine, spokenLine } from "../text/spoken-text.ts";
import { type CommandSoundsOptions, createCommandSounds } from "./command-sounds.ts";

export type XttsCommandOptions = Pick<CommandSoundsOptions, "decode" | "workFolder"> & {
  /** The command line of coqui-tts, by name or path; `tts` when left out. */
  program?: string;
  /** The recording whose voice speaks, a path on this machine; the operator's, never a client's. */
  reference: string;
  /**
   * Whether the operator accepts the Coqui Public Model License of the weights, which the program
   * downloads with its first call.
   */
  acceptLicence: boolean;
  /** For one part of a text; 10 minutes when left out, as the model is loaded with each. */
  timeoutMs?: number;
};

const MODEL = "tts_models/multilingual/multi-dataset/xtts_v2";
const TIMEOUT_MS = 600_000;

/**
 * XTTS v2 by its own program, one run at a time (coqui-tts, TTS/bin/synthesize.py). A server is many
 * times faster, as it keeps the model loaded.
 * @throws AppError INVALID_OPTION without the licence's acceptance or without a reference.
 */
export function createXttsCommand(options: XttsCommandOptions): SpeechModel {
  const { program = "tts", reference, acceptLicence, timeoutMs = TIMEOUT_MS, ...others } = options;
  if (!acceptLicence) {
    const message =
      "the weights of XTTS v2 are for non-commercial use only (Coqui Public Model License, coqui.ai/cpml): set VOCATIVE_XTTS_ACCEPT_LICENCE=true if you accept it, or choose another provider";
    throw new AppError("INVALID_OPTION", message);
  }
  if (reference.trim() === "") {
    const message = "XTTS has no recording to take its voice from: give the path of one";
    throw new AppError("INVALID_OPTION", message);
  }
  const own = xttsVoice(reference);
  const oneAtATime = createPace({ concurrency: 1 });
  const environment = { COQUI_TOS_AGREED: "1" };
  const sounds = createCommandSounds({ ...others, timeoutMs, environment });

  return {
    provider: "xtts",
    cacheKey(request) {
      const language = xttsLanguage(request)?.code ?? "none";
      return JSON.stringify(["xtts", "command", reference, language, spokenLine(request.text)]);
    },
    async speak(request, { signal }): Promise<Speech> {
      checkSignal(signal);
      checkRequest(request);
      checkXttsVoice(request, own);
      const text = speakableLine(request.text);
      const { code: language, limit } = requireXttsLanguage(request);
      const audio = await speakInParts({
        text,
        limit,
        concurrency: 1,
        provider: "XTTS",
        speak(part) {
          // With "=", so that a text that begins with "-" is no option.
          const words = (out: string) => [
            program,
            `--model_name=${MODEL}`,
            `--speaker_wav=${reference}`,
            `--language_idx=${language}`,
            `--text=${part}`,
            `--out_path=${out}`,
          ];
          return oneAtATime.run(() => sounds.make({ words, text: part }, signal), signal);
        },
      });
      return { audio, voice: own.id, warnings: xttsWarnings(request) };
    },
    async voices() {
      return [own];
    },
    close: () => sounds.close(),
  };
}
