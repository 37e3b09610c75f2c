import { AppError, toAppError } from "../../domain/app-error.ts";
import { type Audio, durationOf } from "../../domain/audio.ts";
import { checkSignal } from "../../domain/check-signal.ts";
import { excerpt } from "../text/request-text.ts";
import type { DecodeSound } from "./decode-sound.ts";

export type SentSound = {
  sound: Uint8Array;
  /** What it should say, and who sent it: for messages. */
  text: string;
  provider: string;
  decode: DecodeSound;
  signal: AbortSignal;
};

/**
 * A provider's sound file as samples.
 * @throws AppError SPEECH_FAILED when there is no sound in it, CANCELLED.
 */
export async function readSound({
  sound,
  text,
  provider,
  decode,
  signal,
}: SentSound): Promise<Audio> {
  const failed = (problem: string, cause?: unknown) => {
    const message = `the sound ${provider} sent for ${excerpt(text)} ${problem}`;
    return new AppError("SPEECH_FAILED", message, { retryable: true, cause });
  };
  if (sound.length === 0) throw failed("is empty: ask again");
  let audio: Audio;
  try {
    audio = await decode(sound, { signal });
  } catch (thrown) {
    checkSignal(signal);
    throw failed(`cannot be read: ${toAppError(thrown).message}`, thrown);
  }
  if (durationOf(audio) > 0) return audio;
  throw failed("has no sound in it: ask again");
}
