import { type Dirent, readdirSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { AppError, toAppError } from "../../domain/app-error.ts";
import type { Audio } from "../../domain/audio.ts";
import { checkSignal } from "../../domain/check-signal.ts";
import type { SpeechModel, SpeechRequest } from "../../ports/speech-model.ts";
import { checkRequest, excerpt } from "../text/request-text.ts";

/** In the order in which two recordings of one name are preferred. */
const EXTENSIONS = [".wav", ".flac", ".m4a", ".mp3", ".ogg"];

export type RecordedSpeechOptions = {
  /** The operator's recordings, one file a name: `Priya Sharma.wav` or `Priya_Sharma.wav`. */
  folder: string | undefined;
  decode: (path: string, signal: AbortSignal) => Promise<Audio>;
};

type Recording = { path: string; mtimeMs: number; size: number };

/**
 * The provider `none`: synthesises nothing, but plays the operator's own recordings. A recording is
 * found by comparing the text with the folder's listing, so no text can reach a file outside it.
 * Recordings may be added and replaced at any time.
 */
export function createRecordedSpeech({ folder, decode }: RecordedSpeechOptions): SpeechModel {
  const index = folder === undefined ? () => new Map<string, string>() : listing(folder);

  function find(text: string): Recording | undefined {
    if (folder === undefined) return undefined;
    const files = index();
    const form = outputFileForm(text);
    const name = files.get(comparable(text)) ?? (form === "" ? undefined : files.get(form));
    if (name === undefined) return undefined;
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isFile() ? { path, mtimeMs: stats.mtimeMs, size: stats.size } : undefined;
  }

  function missing({ text }: SpeechRequest): AppError {
    if (folder === undefined) {
      const remedy = "name a folder of recordings or choose another --tts-provider";
      return new AppError("SPEECH_FAILED", `no recording of ${excerpt(text)}: ${remedy}`);
    }
    const file = `${outputFileForm(text) || "name"}.wav`;
    const message = `no recording of ${excerpt(text)} in ${folder}: add ${excerpt(file)} or choose another --tts-provider`;
    return new AppError("SPEECH_FAILED", message);
  }

  return {
    provider: "none",
    cacheKey({ text }) {
      const { path, mtimeMs, size } = find(text) ?? { path: "", mtimeMs: 0, size: 0 };
      return JSON.stringify(["none", path, mtimeMs, size, comparable(text)]);
    },
    async speak(request, { signal }) {
      checkSignal(signal);
      checkRequest(request);
      const recording = find(request.text);
      if (!recording) throw missing(request);
      const audio = await decode(recording.path, signal).catch((thrown) => {
        checkSignal(signal);
        const reason = toAppError(thrown).message;
        const message = `the recording ${recording.path} cannot be read: ${reason}`;
        throw new AppError("SPEECH_FAILED", message, { cause: thrown });
      });
      checkSignal(signal);
      const { voice, speed = 1 } = request;
      const ignored = [voice === undefined ? "" : "voice", speed === 1 ? "" : "speed"];
      const warnings = ignored
        .filter((option) => option !== "")
        .map((option) => ({
          code: `${option.toUpperCase()}_IGNORED`,
          message: `a ${option} has no effect on recordings`,
        }));
      return { audio, voice: "recording", warnings };
    },
    async close() {},
  };
}

/** The folder's recordings by the comparable form of their names; read anew when the folder changes. */
function listing(folder: string): () => Map<string, string> {
  let seenMs = Number.NaN;
  let files = new Map<string, string>();
  return () => {
    const mtimeMs = statSync(folder, { throwIfNoEntry: false })?.mtimeMs;
    if (mtimeMs === undefined) return new Map();
    if (mtimeMs !== seenMs) {
      files = byName(readdirSync(folder, { withFileTypes: true }));
      seenMs = mtimeMs;
    }
    return files;
  };
}

function byName(entries: Dirent[]): Map<string, string> {
  const rank = (file: string) => EXTENSIONS.indexOf(extname(file).toLowerCase());
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .filter((file) => rank(file) >= 0)
    .sort((a, b) => rank(b) - rank(a) || (a < b ? 1 : -1));
  return new Map(files.map((file) => [comparable(file.slice(0, -extname(file).length)), file]));
}

function comparable(text: string): string {
  return text.normalize("NFC").trim().toLowerCase();
}

/** As an output file of this name is called, compared likewise; empty when no letter is left. */
function outputFileForm(text: string): string {
  return comparable(text)
    .replace(/[^\p{L}\p{M}\p{N}_-]+/gu, "_")
    .replace(/^_+|_+$/g, "");
}
