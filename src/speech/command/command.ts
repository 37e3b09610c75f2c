import { createHash } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError, toAppError } from "../../domain/app-error.ts";
import { type Audio, durationOf } from "../../domain/audio.ts";
import type { Warning } from "../../domain/warning.ts";
import type { SpeechModel, SpeechRequest } from "../../ports/speech-model.ts";
import { checkRequest, checkSignal, excerpt } from "../text/request-text.ts";
import { parseCommandTemplate } from "./command-template.ts";
import { runCommand } from "./run-command.ts";

const TIMEOUT_MS = 60_000;

export type CommandSpeechOptions = {
  /**
   * The operator's command line with `{text}` and `{out}`, and `{voice}` and `{lang}` if wanted, such
   * as `piper-say --voice {voice} --to {out} -- {text}`. A text may begin with `-`: a program that
   * takes options should get `--` or an option's name before `{text}`.
   */
  command: string;
  /** Reads the sound the command has written. */
  decode: (path: string, signal: AbortSignal) => Promise<Audio>;
  /** Where temporary files go; the system's folder for them when left out. */
  workFolder?: string;
  timeoutMs?: number;
};

/**
 * Speech by a program of the operator's, started once a text. `{out}` is the path of a WAV file that
 * does not exist yet; without a voice in the request `{voice}` is empty.
 * @throws AppError INVALID_OPTION for an unusable command line.
 */
export function createCommandSpeech(options: CommandSpeechOptions): SpeechModel {
  const argumentsFor = parseCommandTemplate(options.command);
  // A command line may hold a key.
  const commandHash = createHash("sha256").update(options.command).digest("hex");
  /** What ends each running request, and when its end is complete. */
  const running = new Map<AbortController, Promise<void>>();
  let closed = false;

  async function speakInto(folder: string, request: SpeechRequest, signal: AbortSignal) {
    const out = join(folder, "speech.wav");
    const { language: lang, voice = "" } = request;
    const text = oneLine(request.text);
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    await runCommand(argumentsFor({ text, out, voice, lang }), {
      errorFile: join(folder, "stderr.txt"),
      timeoutMs,
      signal,
    });
    const written = await stat(out).catch(() => null);
    if (!written?.isFile() || written.size === 0) {
      const problem = written ? "left {out} empty" : "wrote nothing to {out}";
      throw new AppError("SPEECH_FAILED", `the speech command ${problem} for ${excerpt(text)}`);
    }
    return decoded(out, text, signal);
  }

  async function decoded(path: string, text: string, signal: AbortSignal): Promise<Audio> {
    try {
      const audio = await options.decode(path, signal);
      if (durationOf(audio) > 0) return audio;
    } catch (thrown) {
      checkSignal(signal);
      const message = `the speech command wrote no readable sound for ${excerpt(text)}: ${toAppError(thrown).message}`;
      throw new AppError("SPEECH_FAILED", message, { cause: thrown });
    }
    throw new AppError("SPEECH_FAILED", `the speech command wrote no sound for ${excerpt(text)}`);
  }

  return {
    provider: "command",
    cacheKey({ text, language, voice }) {
      return JSON.stringify(["command", commandHash, voice ?? "", language, oneLine(text)]);
    },
    async speak(request, { signal }) {
      checkSignal(signal);
      checkRequest(request);
      if (closed) throw new AppError("SPEECH_FAILED", "the speech command has been closed");
      const controller = new AbortController();
      const ended = Promise.withResolvers<void>();
      running.set(controller, ended.promise);
      const either = AbortSignal.any([signal, controller.signal]);
      let folder: string | undefined;
      try {
        folder = await mkdtemp(join(options.workFolder ?? tmpdir(), "vocative-speech-"));
        const audio = await speakInto(folder, request, either);
        return { audio, voice: request.voice ?? "command", warnings: ignoredSpeed(request) };
      } finally {
        if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
        running.delete(controller);
        ended.resolve();
      }
    },
    async close() {
      closed = true;
      for (const controller of running.keys()) controller.abort();
      await Promise.all(running.values());
    },
  };
}

/** NFC, on one line: a control character is nothing to speak, and NUL cannot be passed at all. */
function oneLine(text: string): string {
  return text
    .toWellFormed()
    .normalize("NFC")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
}

function ignoredSpeed({ speed = 1 }: SpeechRequest): Warning[] {
  if (speed === 1) return [];
  const message = `speed ${speed} has no effect on the speech command: set it in the command line`;
  return [{ code: "SPEED_IGNORED", message }];
}
