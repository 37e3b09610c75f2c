import type { RecipientOptions } from "../domain/recipient.ts";
import { type CampaignOptions, extensionOf } from "./campaign-options.ts";
import { slotTemplates } from "./slot-markers.ts";

/**
 * How a campaign's sheet, which has these columns, is read into recipients.
 * @throws AppError INVALID_OPTION, COLUMN_MISSING.
 */
export function recipientOptions(
  options: CampaignOptions,
  columns: readonly string[],
  respell: RecipientOptions["respell"],
): RecipientOptions {
  return {
    nameColumn: options.nameCol,
    pronunciationColumn: options.pronunciationCol,
    texts: slotTemplates(options, columns),
    extension: extensionOf(options),
    respell,
  };
}
