import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError, toAppError } from "../../domain/app-error.ts";
import { type Audio, durationOf } from "../../domain/audio.ts";
import { checkSignal } from "../../domain/check-signal.ts";
import { runCommand } from "../../programs/run-command.ts";
import { excerpt } from "../text/request-text.ts";

export type CommandSoundsOptions = {
  /** Reads the sound a command has written. */
  decode: (path: string, signal: AbortSignal) => Promise<Audio>;
  /** Where temporary files go; the system's folder for them when left out. */
  workFolder?: string;
  timeoutMs: number;
  /** Variables of the command's environment besides those of this process. */
  environment?: Record<string, string>;
};

/** One sound to be made by a command. */
export type CommandSound = {
  /** Program and arguments that write a WAV file to `out`, which does not exist yet. */
  words: (out: string) => string[];
  /** What is spoken, for messages. */
  text: string;
};

export type CommandSounds = {
  /** @throws AppError SPEECH_FAILED, CANCELLED. Nothing is left of the command and its files then. */
  make(sound: CommandSound, signal: AbortSignal): Promise<Audio>;
  /** Ends running commands; nothing can be made afterwards. */
  close(): Promise<void>;
};

/** Sounds that programs write into files, one run a sound. */
export function createCommandSounds(options: CommandSoundsOptions): CommandSounds {
  const { decode, timeoutMs, environment } = options;
  /** What ends each running command, and when its end is complete. */
  const running = new Map<AbortController, Promise<void>>();
  let closed = false;

  async function makeIn(folder: string, { words, text }: CommandSound, signal: AbortSignal) {
    const out = join(folder, "speech.wav");
    await runCommand(words(out), {
      errorFile: join(folder, "stderr.txt"),
      timeoutMs,
      signal,
      code: "SPEECH_FAILED",
      what: "the speech command",
      ...(environment && { environment }),
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
      const audio = await decode(path, signal);
      if (durationOf(audio) > 0) return audio;
    } catch (thrown) {
      checkSignal(signal);
      const message = `the speech command wrote no readable sound for ${excerpt(text)}: ${toAppError(thrown).message}`;
      throw new AppError("SPEECH_FAILED", message, { cause: thrown });
    }
    throw new AppError("SPEECH_FAILED", `the speech command wrote no sound for ${excerpt(text)}`);
  }

  return {
    async make(sound, signal) {
      checkSignal(signal);
      if (closed) throw new AppError("SPEECH_FAILED", "the speech command has been closed");
      const controller = new AbortController();
      const ended = Promise.withResolvers<void>();
      running.set(controller, ended.promise);
      const either = AbortSignal.any([signal, controller.signal]);
      let folder: string | undefined;
      try {
        folder = await mkdtemp(join(options.workFolder ?? tmpdir(), "vocative-speech-"));
        return await makeIn(folder, sound, either);
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
