import { readAnnotations } from "../domain/pronunciation.ts";
import type { SpeechRequest } from "../ports/speech-model.ts";
import type { CampaignOptions } from "./campaign-options.ts";

/** What the voice is asked for: `spokenText` may carry annotations (see domain/pronunciation.ts). */
export function speechRequest(
  spokenText: string,
  { lang, voice, transcript, namePosition }: CampaignOptions,
): SpeechRequest {
  const { text, pronunciations } = readAnnotations(spokenText);
  const context = transcript === undefined ? null : contextOf(transcript, namePosition);
  return {
    text,
    language: lang,
    ...(voice !== undefined && { voice }),
    ...(context && { context }),
    ...(pronunciations.length > 0 && { pronunciations }),
  };
}

/** What the base says around its first `{…}`; all of it before a name at the end. */
function contextOf(
  transcript: string,
  position: CampaignOptions["namePosition"],
): SpeechRequest["context"] | null {
  const [, before, after] = /^([^{]*)\{[^}]*\}(.*)$/su.exec(transcript) ?? [];
  if (before !== undefined && after !== undefined) {
    return { before: before.trim(), after: after.replace(/[{}]/gu, "").trim() };
  }
  return position === "end" ? { before: transcript.trim(), after: "" } : null;
}
