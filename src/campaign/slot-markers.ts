import { AppError } from "../domain/app-error.ts";
import { headerKey } from "../domain/sheet.ts";
import type { CampaignOptions } from "./campaign-options.ts";

/** A word of the base that is replaced, such as NAME1, and by what; null where its name alone tells. */
export type SlotMarker = { marker: string; text: string | null };

/** More places in one base than this are not found reliably, and cost as much again each. */
const MOST_MARKERS = 8;
const NAME = /^NAME\d*$/iu;

/**
 * The markers of a platinum campaign, in speaking order: `NAME1,COMPANY`, or with a text for a marker
 * as `NAME1={name},COMPANY=at {company}`.
 * @throws AppError INVALID_OPTION for none, an empty or too many.
 */
export function slotMarkers({
  platinumPlaceholders,
}: Pick<CampaignOptions, "platinumPlaceholders">): SlotMarker[] {
  const markers = platinumPlaceholders.split(",").map((written): SlotMarker => {
    const [marker = "", ...text] = written.split("=");
    return { marker: marker.trim(), text: text.length === 0 ? null : text.join("=").trim() };
  });
  const wrong = markers.find(({ marker, text }) => marker === "" || text === "");
  if (wrong || markers.length > MOST_MARKERS) {
    const what = wrong ? "an empty one" : `${markers.length}, at most ${MOST_MARKERS} are possible`;
    throw new AppError(
      "INVALID_OPTION",
      `the markers ${JSON.stringify(platinumPlaceholders)} have ${what}: write them in speaking order, such as NAME1,COMPANY={company}`,
    );
  }
  return markers;
}

/**
 * The text template of each slot. A marker without a text stands for the column of its own name; where
 * there is none, NAME, NAME1 … stand for the campaign's text.
 * @throws AppError INVALID_OPTION, COLUMN_MISSING.
 */
export function slotTemplates(
  options: Pick<CampaignOptions, "insertMode" | "platinumPlaceholders" | "text">,
  columns: readonly string[],
): string[] {
  if (options.insertMode !== "platinum") return [options.text];
  return slotMarkers(options).map(({ marker, text }) => {
    if (text !== null) return text;
    const column = columns.find((one) => headerKey(one) === headerKey(marker));
    if (column !== undefined) return `{${column}}`;
    if (NAME.test(marker)) return options.text;
    throw new AppError(
      "COLUMN_MISSING",
      `the sheet has no column for the marker ${marker}: add one of that name, or say what replaces it, such as ${marker}={name}`,
    );
  });
}
