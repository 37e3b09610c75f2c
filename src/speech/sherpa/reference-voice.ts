import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { AppError, toAppError } from "../../domain/app-error.ts";
import type { Audio } from "../../domain/audio.ts";
import { checkSignal } from "../../domain/check-signal.ts";

/** A recording whose voice a model can take on. */
export type ReferenceVoice = {
  /** Some seconds of one speaker. */
  path: string;
  /** What is said in it; some models need it. */
  text: string;
  /** Reads the recording. */
  decode: (path: string, signal: AbortSignal) => Promise<Audio>;
};

/** The recording is read once, and again when it is replaced. */
export function createReferenceReader() {
  let known: { state: string; audio: Audio } | undefined;
  return async (reference: ReferenceVoice, signal: AbortSignal): Promise<Audio> => {
    const { path, decode } = reference;
    const state = JSON.stringify(referenceState(reference));
    if (known?.state === state) return known.audio;
    const audio = await decode(path, signal).catch((thrown: unknown) => {
      checkSignal(signal);
      const message = `the reference recording ${path} cannot be read: ${toAppError(thrown).message}`;
      throw new AppError("SPEECH_FAILED", message, { cause: thrown });
    });
    known = { state, audio };
    return audio;
  };
}

/** Changes when the recording or its text does. */
export function referenceState(reference: ReferenceVoice | undefined): (string | number)[] {
  if (!reference) return [];
  const { path, text } = reference;
  const state = statSync(path, { throwIfNoEntry: false });
  const said = createHash("sha256").update(text).digest("hex").slice(0, 16);
  return [path, state?.size ?? 0, state?.mtimeMs ?? 0, said];
}
