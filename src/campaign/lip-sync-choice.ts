import type { Warning } from "../domain/warning.ts";
import { type CampaignOptions, isLipSynced } from "./campaign-options.ts";

/**
 * What somebody should know who chose this tier and this provider of lip-sync; null when all is as asked.
 * @param given The choice as it was written, such as `--lip-sync-provider mouth`.
 */
export function lipSyncDoubt(
  options: Pick<CampaignOptions, "insertMode" | "lipSyncProvider">,
  given: string,
): Warning | null {
  const { insertMode, lipSyncProvider } = options;
  if (isLipSynced(options)) return null;
  if (lipSyncProvider !== "none") {
    const message = `${given} has no effect: lip-sync does not apply to silver and gold`;
    return { code: "OPTION_IGNORED", message };
  }
  if (insertMode === "silver" || insertMode === "gold") return null;
  const remedy = `${given.replace("none", "mouth")} moves them`;
  const message = `${insertMode} without lip-sync: mouths stay as recorded; ${remedy}`;
  return { code: "LIP_SYNC_NONE", message };
}

/** Whose mouth moves, in shares of the picture's width and height; null for the largest face. */
export function chosenFace({
  lipSyncFace,
}: Pick<CampaignOptions, "lipSyncFace">): { x: number; y: number } | null {
  const [x, y] = lipSyncFace?.split(",").map(Number) ?? [];
  return x === undefined || y === undefined ? null : { x, y };
}
