import type { Audio } from "../domain/audio.ts";
import { recipientsOf } from "../domain/recipient.ts";
import type { SheetReader } from "../ports/sheet-reader.ts";
import type { SpeechModel } from "../ports/speech-model.ts";
import type { CampaignOptions } from "./campaign-options.ts";
import { recipientOptions } from "./recipient-options.ts";
import { distinctRequests } from "./speech-request.ts";

/**
 * Every text of a campaign once, in the order of the sheet, with its clip: out of the cache where the
 * campaign has spoken it. What cannot be spoken is left out.
 */
export async function* spokenNames(
  dependencies: { sheets: SheetReader; speech: SpeechModel; respell: (text: string) => string },
  request: { recipients: string; options: CampaignOptions; signal: AbortSignal },
): AsyncGenerator<{ text: string; audio: Audio }> {
  const { options, signal } = request;
  const sheet = await dependencies.sheets.read(request.recipients, { signal });
  const recipients = recipientsOf(
    sheet,
    recipientOptions(options, sheet.columns, dependencies.respell),
  );
  for (const spoken of distinctRequests(recipients, options)) {
    const speech = await dependencies.speech.speak(spoken, { signal }).catch((thrown: unknown) => {
      if (signal.aborted) throw thrown;
      return null; // the campaign itself has said why
    });
    if (speech) yield { text: spoken.text, audio: speech.audio };
  }
}
