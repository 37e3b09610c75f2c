import { createHash } from "node:crypto";
import { checkSignal } from "../../domain/check-signal.ts";
import type { Warning } from "../../domain/warning.ts";
import type { SpeechModel, SpeechRequest } from "../../ports/speech-model.ts";
import { checkRequest } from "../text/request-text.ts";
import { spokenLine } from "../text/spoken-text.ts";
import { type CommandSoundsOptions, createCommandSounds } from "./command-sounds.ts";
import { parseCommandTemplate } from "./command-template.ts";

const TIMEOUT_MS = 60_000;

export type CommandSpeechOptions = Pick<CommandSoundsOptions, "decode" | "workFolder"> & {
  /**
   * The operator's command line with `{text}` and `{out}`, and `{voice}` and `{lang}` if wanted, such
   * as `piper-say --voice {voice} --to {out} -- {text}`. A text may begin with `-`: a program that
   * takes options should get `--` or an option's name before `{text}`.
   */
  command: string;
  timeoutMs?: number;
};

/**
 * Speech by a program of the operator's, started once a text. `{out}` is the path of a WAV file that
 * does not exist yet; without a voice in the request `{voice}` is empty.
 * @throws AppError INVALID_OPTION for an unusable command line.
 */
export function createCommandSpeech(options: CommandSpeechOptions): SpeechModel {
  const { command, timeoutMs = TIMEOUT_MS, ...others } = options;
  const argumentsFor = parseCommandTemplate(command);
  // A command line may hold a key.
  const commandHash = createHash("sha256").update(command).digest("hex");
  const sounds = createCommandSounds({ ...others, timeoutMs });

  return {
    provider: "command",
    cacheKey({ text, language, voice }) {
      return JSON.stringify(["command", commandHash, voice ?? "", language, spokenLine(text)]);
    },
    async speak(request, { signal }) {
      checkSignal(signal);
      checkRequest(request);
      const { language: lang, voice = "" } = request;
      const text = spokenLine(request.text);
      const words = (out: string) => argumentsFor({ text, out, voice, lang });
      const audio = await sounds.make({ words, text }, signal);
      return { audio, voice: request.voice ?? "command", warnings: ignoredSpeed(request) };
    },
    close: () => sounds.close(),
  };
}

function ignoredSpeed({ speed = 1 }: SpeechRequest): Warning[] {
  if (speed === 1) return [];
  const message = `speed ${speed} has no effect on the speech command: set it in the command line`;
  return [{ code: "SPEED_IGNORED", message }];
}
