import type { RecipientOptions } from "../domain/recipient.ts";
import { type CampaignOptions, extensionOf } from "./campaign-options.ts";

/** How a campaign's sheet is read into recipients. */
export function recipientOptions(
  options: CampaignOptions,
  respell: RecipientOptions["respell"],
): RecipientOptions {
  return {
    nameColumn: options.nameCol,
    pronunciationColumn: options.pronunciationCol,
    text: options.text,
    extension: extensionOf(options),
    respell,
  };
}
