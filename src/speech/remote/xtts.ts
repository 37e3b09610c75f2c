import path from "node:path";
import { AppError } from "../../domain/app-error.ts";
import type { Warning } from "../../domain/warning.ts";
import type { SpeechRequest, Voice } from "../../ports/speech-model.ts";
import { languageOfText } from "../text/language-of-text.ts";
import { excerpt, unusedPronunciations } from "../text/request-text.ts";

/** What XTTS v2 can do, however it is reached: it speaks with the voice of a recording. */

/**
 * Its languages in its own codes, and the characters after which it warns of cut sound (coqui-tts,
 * TTS/tts/layers/xtts/tokenizer.py).
 */
const CHARACTER_LIMITS: Record<string, number> = {
  ...{ ar: 166, cs: 186, de: 253, en: 250, es: 239, fr: 273, hi: 150, hu: 224, it: 213, ja: 71 },
  ...{ ko: 95, nl: 251, pl: 224, pt: 203, ru: 182, tr: 226, "zh-cn": 82 },
};

export type XttsLanguage = { code: string /** Characters at a time. */; limit: number };

/** The language to speak: the campaign's, or that of the text's script; undefined when it has none. */
export function xttsLanguage({ text, language }: SpeechRequest): XttsLanguage | undefined {
  const primary = languageOfText(text, language).split(/[-_]/u)[0]?.toLowerCase() ?? "";
  const code = primary === "zh" || primary === "cmn" ? "zh-cn" : primary;
  const limit = CHARACTER_LIMITS[code];
  return limit === undefined ? undefined : { code, limit };
}

/** @throws AppError SPEECH_FAILED for a language it does not speak. */
export function requireXttsLanguage(request: SpeechRequest): XttsLanguage {
  const known = xttsLanguage(request);
  if (known) return known;
  const wanted = languageOfText(request.text, request.language);
  const codes = Object.keys(CHARACTER_LIMITS).toSorted().join(" ");
  const message = `XTTS does not speak the language ${excerpt(wanted)} of ${excerpt(request.text)}: it speaks ${codes}`;
  throw new AppError("SPEECH_FAILED", message);
}

/** The one voice there is: the recording's, by its name without folder and extension. */
export function xttsVoice(reference: string): Voice {
  const id = path.parse(reference.replaceAll("\\", "/")).name;
  const languages = Object.keys(CHARACTER_LIMITS).map((code) => code.replace("zh-cn", "zh-CN"));
  return { id, name: id, languages };
}

/** @throws AppError VOICE_UNKNOWN: a request may not name a file of the machine that speaks. */
export function checkXttsVoice({ voice }: SpeechRequest, own: Voice): void {
  if (voice === undefined || voice === own.id) return;
  const message = `XTTS speaks with the operator's recording, ${excerpt(own.id)}, alone: leave the voice ${excerpt(voice)} out`;
  throw new AppError("VOICE_UNKNOWN", message);
}

export function xttsWarnings(request: SpeechRequest): Warning[] {
  const { speed = 1 } = request;
  const message = `speed ${speed} has no effect on XTTS: it speaks as fast as its recording`;
  const ignored = speed === 1 ? [] : [{ code: "SPEED_IGNORED", message }];
  return [...ignored, ...unusedPronunciations("XTTS", request)];
}
