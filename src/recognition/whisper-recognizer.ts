import { statSync } from "node:fs";
import { AppError, toAppError } from "../domain/app-error.ts";
import { errorCodeOf } from "../domain/disk-error.ts";
import type { MediaEngine } from "../ports/media-engine.ts";
import type { SpeechRecognizer } from "../ports/speech-recognizer.ts";
import { whisperLanguage } from "../speech/sherpa/whisper-languages.ts";
import { createQuarantine } from "../workers/quarantine.ts";
import { ggmlDamage } from "./ggml-file.ts";

export type WhisperRecognizerOptions = {
  /** It listens in its workers, within their memory limit; it is not closed with the recogniser. */
  media: Pick<MediaEngine, "transcribe">;
  /** Path of the operator's model of whisper.cpp (ggml). */
  model: string;
  /** For one sound, milliseconds; 30 min when left out. */
  deadlineMs?: number;
  /** Milliseconds since any moment. */
  clock?: () => number;
};

const DEFAULT_DEADLINE_MS = 1800_000;
/** How long a model that ended its worker is not tried again; a replaced file is tried at once. */
const QUARANTINE_MS = 3600_000;
const REMEDY = "download it again from the whisper.cpp project";

/**
 * Recognition with FFmpeg's `whisper` filter, in the media engine's workers. Words have times, in
 * languages written with spaces. Whisper finds out by itself a language it does not know by name.
 */
export function createWhisperRecognizer(options: WhisperRecognizerOptions): SpeechRecognizer {
  const { media, model, deadlineMs = DEFAULT_DEADLINE_MS, clock = Date.now } = options;
  /** The state in which the file was looked through. */
  let whole = "";
  const harmful = createQuarantine({ durationMs: QUARANTINE_MS, capacity: 1, clock });

  return {
    provider: "whisper",
    async transcribe(audio, { language, signal }) {
      if (signal.aborted) throw new AppError("CANCELLED", "cancelled");
      const state = stateOf(model);
      const refused = harmful.causeOf(state);
      if (refused) throw failed(refused.reason);
      if (state !== whole) requireModel(model);
      whole = state;
      if (audio.samples.length === 0) return { text: "" };
      const request = { model, language: whisperLanguage(language) ?? "auto" };
      try {
        return await media.transcribe(audio, request, { signal, deadlineMs });
      } catch (thrown) {
        const error = toAppError(thrown);
        if (error.code === "CANCELLED" || error.code === "RECOGNITION_FAILED") throw error;
        const reason = `${error.message}: ${remedyFor(error)}`;
        if (error.code === "WORKER_CRASHED") harmful.add(state, { code: error.code, reason });
        throw new AppError("RECOGNITION_FAILED", reason, {
          retryable: error.retryable,
          cause: error,
        });
      }
    },
    async close() {},
  };
}

/** @throws AppError RECOGNITION_FAILED when there is no such file or no model in it. */
function requireModel(model: string): void {
  const damage = readable(model, () => ggmlDamage(model));
  if (damage !== null) throw failed(`the Whisper model ${model} ${damage}: ${REMEDY}`);
}

/** Names the model with the state of its file. */
function stateOf(model: string): string {
  const { size, mtimeMs } = readable(model, () => statSync(model));
  return `${model} ${size} ${mtimeMs}`;
}

function readable<Result>(model: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    const code = errorCodeOf(cause);
    if (code === "ENOENT") throw failed(`there is no Whisper model ${model}: ${REMEDY}`);
    throw failed(
      `the Whisper model ${model} cannot be read (${code}): check the path and its permissions`,
    );
  }
}

function remedyFor({ code }: AppError): string {
  if (code === "WORKER_MEMORY")
    return "take a smaller model, or allow more with VOCATIVE_MEDIA_MEMORY_MB";
  if (code === "WORKER_TIMEOUT") return "take a smaller model";
  return REMEDY;
}

function failed(message: string): AppError {
  return new AppError("RECOGNITION_FAILED", message);
}
