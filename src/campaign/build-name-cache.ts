import { toAppError } from "../domain/app-error.ts";
import { forEachConcurrently } from "../domain/limit-concurrency.ts";
import { recipientsOf } from "../domain/recipient.ts";
import type { SheetReader } from "../ports/sheet-reader.ts";
import type { SpeechModel } from "../ports/speech-model.ts";
import type { CampaignOptions } from "./campaign-options.ts";
import { recipientOptions } from "./recipient-options.ts";
import { speechRequest } from "./speech-request.ts";

export type NameCacheRequest = {
  recipients: string;
  options: CampaignOptions;
  concurrency: number;
  signal: AbortSignal;
  /** `reason` is why a text could not be spoken; null when it is in the cache now. */
  onSpoken: (text: string, reason: string | null) => void;
};

/**
 * Speaks every text of a campaign once, so that its clips are in the cache before any video is made.
 * @returns how many texts were spoken and how many could not be.
 */
export async function buildNameCache(
  dependencies: {
    sheets: SheetReader;
    speech: SpeechModel;
    respell: (text: string) => string;
  },
  request: NameCacheRequest,
): Promise<{ spoken: number; failed: number }> {
  const { options, signal, onSpoken } = request;
  const sheet = await dependencies.sheets.read(request.recipients);
  const recipients = recipientsOf(sheet, recipientOptions(options, dependencies.respell));
  const texts = new Set(
    recipients.flatMap((one) => (one.kind === "output" ? [one.spokenText] : [])),
  );
  let failed = 0;
  await forEachConcurrently([...texts], request.concurrency, async (text) => {
    try {
      await dependencies.speech.speak(speechRequest(text, options), { signal });
      onSpoken(text, null);
    } catch (error) {
      signal.throwIfAborted();
      failed += 1;
      onSpoken(text, toAppError(error).message);
    }
  });
  return { spoken: texts.size - failed, failed };
}
