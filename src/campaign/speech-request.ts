import { readAnnotations } from "../domain/pronunciation.ts";
import type { Recipient } from "../domain/recipient.ts";
import { slotTexts } from "../domain/slot-texts.ts";
import type { SpeechRequest } from "../ports/speech-model.ts";
import type { CampaignOptions } from "./campaign-options.ts";

/**
 * What the voice is asked for, for each slot. `spokenText` joins the slots' texts, which may carry
 * annotations (see domain/slot-texts.ts and domain/pronunciation.ts).
 */
export function speechRequests(spokenText: string, options: CampaignOptions): SpeechRequest[] {
  return slotTexts(spokenText).map((text, slot) => speechRequest(text, slot, options));
}

/** What the voice is asked for by a whole campaign, each once, in the order of the sheet. */
export function distinctRequests(
  recipients: readonly Recipient[],
  options: CampaignOptions,
): SpeechRequest[] {
  const requests = recipients.flatMap((one) =>
    one.kind === "output" ? speechRequests(one.spokenText, options) : [],
  );
  return [...new Map(requests.map((one) => [JSON.stringify(one), one])).values()];
}

function speechRequest(
  spokenText: string,
  slot: number,
  { lang, voice, transcript, namePosition }: CampaignOptions,
): SpeechRequest {
  const { text, pronunciations } = readAnnotations(spokenText);
  const context = transcript === undefined ? null : contextOf(transcript, slot, namePosition);
  return {
    text,
    language: lang,
    ...(voice !== undefined && { voice }),
    ...(context && { context }),
    ...(pronunciations.length > 0 && { pronunciations }),
  };
}

/** What the base says around a slot's `{…}`; all of it before a name at the end. */
function contextOf(
  transcript: string,
  slot: number,
  position: CampaignOptions["namePosition"],
): SpeechRequest["context"] | null {
  const mark = [...transcript.matchAll(/\{[^}]*\}/gu)][slot];
  if (mark) {
    const plain = (text: string) => text.replace(/[{}]/gu, "").trim();
    const before = transcript.slice(0, mark.index);
    const after = transcript.slice(mark.index + mark[0].length);
    return { before: plain(before), after: plain(after) };
  }
  return position === "end" ? { before: transcript.trim(), after: "" } : null;
}
