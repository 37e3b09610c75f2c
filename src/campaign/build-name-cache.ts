import { toAppError } from "../domain/app-error.ts";
import { recipientsOf } from "../domain/recipient.ts";
import type { SheetReader } from "../ports/sheet-reader.ts";
import type { SpeechModel, SpeechRequest } from "../ports/speech-model.ts";
import type { CampaignOptions } from "./campaign-options.ts";
import { recipientOptions } from "./recipient-options.ts";
import { forEachSpokenAhead } from "./speak-ahead.ts";
import { distinctRequests } from "./speech-request.ts";

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
  const { options, concurrency, signal, onSpoken } = request;
  const sheet = await dependencies.sheets.read(request.recipients);
  const recipients = recipientsOf(
    sheet,
    recipientOptions(options, sheet.columns, dependencies.respell),
  );
  const requests = distinctRequests(recipients, options);
  const { speech } = dependencies;
  const speaking = { speech, requestsOf: (one: SpeechRequest) => [one], concurrency, signal };
  let failed = 0;
  await forEachSpokenAhead(requests, speaking, async (request) => {
    try {
      await speech.speak(request, { signal });
      onSpoken(request.text, null);
    } catch (error) {
      signal.throwIfAborted();
      failed += 1;
      onSpoken(request.text, toAppError(error).message);
    }
  });
  return { spoken: requests.length - failed, failed };
}
