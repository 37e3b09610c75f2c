import { AppError } from "../../domain/app-error.ts";
import { excerpt } from "./request-text.ts";

/** `text` in NFC on one line: a control character is nothing to speak, nor is half a character. */
export function spokenLine(text: string): string {
  return text
    .toWellFormed()
    .normalize("NFC")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
}

/** Whether anything in `text` has a sound: letters, numbers, signs such as & and €, emoji. */
export function isSpeakable(text: string): boolean {
  return /[\p{L}\p{N}\p{S}]/u.test(text);
}

/**
 * `spokenLine`, for a provider that would answer nothing or noise to a text without a word.
 * @throws AppError SPEECH_FAILED when nothing in it can be spoken.
 */
export function speakableLine(text: string): string {
  const line = spokenLine(text);
  if (isSpeakable(line)) return line;
  const message = `nothing in ${excerpt(text)} can be spoken: give at least one word`;
  throw new AppError("SPEECH_FAILED", message);
}
