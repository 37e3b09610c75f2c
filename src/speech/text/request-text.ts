import { AppError } from "../../domain/app-error.ts";
import type { Warning } from "../../domain/warning.ts";
import type { SpeechRequest } from "../../ports/speech-model.ts";

/** Characters one request may have: the longest text the chat API accepts. */
const MAX_TEXT_LENGTH = 5000;
const EXCERPT_LENGTH = 40;

/** @throws AppError INVALID_OPTION when the text is blank or too long, or the speed is no factor. */
export function checkRequest({ text, speed = 1 }: SpeechRequest): void {
  if (text.trim() === "") {
    throw new AppError("INVALID_OPTION", "the text to speak is empty: give at least one word");
  }
  if (text.length > MAX_TEXT_LENGTH) {
    throw new AppError(
      "INVALID_OPTION",
      `the text to speak has ${text.length} characters, ${MAX_TEXT_LENGTH} are allowed: split it`,
    );
  }
  if (!Number.isFinite(speed) || speed <= 0) {
    throw new AppError("INVALID_OPTION", `speed ${speed} is no rate of speaking: give 0.5 to 2`);
  }
}

/** The beginning of `text` in quotation marks, on one line, for messages. */
export function excerpt(text: string): string {
  const characters = [...text.replace(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim()];
  const cut = characters.length > EXCERPT_LENGTH;
  return `"${characters.slice(0, EXCERPT_LENGTH).join("")}${cut ? "…" : ""}"`;
}

/** For a provider that speaks words as they are written only. */
export function unusedPronunciations(
  provider: string,
  { pronunciations = [] }: SpeechRequest,
): Warning[] {
  if (pronunciations.length === 0) return [];
  const words = pronunciations.map(({ written }) => excerpt(written)).join(", ");
  const message = `${provider} cannot use phonetic spellings, ${words} is spoken as it is written: respell it in letters`;
  return [{ code: "PRONUNCIATION_IGNORED", message }];
}
