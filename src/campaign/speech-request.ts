import type { SpeechRequest } from "../ports/speech-model.ts";
import type { CampaignOptions } from "./campaign-options.ts";

export function speechRequest(text: string, { lang, voice }: CampaignOptions): SpeechRequest {
  return { text, language: lang, ...(voice === undefined ? {} : { voice }) };
}
