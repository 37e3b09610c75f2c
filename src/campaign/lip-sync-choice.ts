import type { Warning } from "../domain/warning.ts";
import { type CampaignOptions, isLipSynced, type LipSyncProvider } from "./campaign-options.ts";

/**
 * What somebody should know who chose this tier and this provider of lip-sync.
 * @param given The choice as it was written, such as `--lip-sync-provider mouth`.
 */
export function lipSyncWarnings(
  options: Pick<CampaignOptions, "insertMode" | "lipSyncProvider">,
  given: string,
): Warning[] {
  const { insertMode, lipSyncProvider } = options;
  if (isLipSynced(options)) return lipSyncProvider === "wav2lip" ? [RESEARCH_ONLY] : [];
  if (lipSyncProvider !== "none") {
    const message = `${given} has no effect: lip-sync does not apply to silver and gold`;
    return [{ code: "OPTION_IGNORED", message }];
  }
  if (insertMode === "silver" || insertMode === "gold") return [];
  const remedy = `${given.replace("none", "mouth")} moves them`;
  const message = `${insertMode} without lip-sync: mouths stay as recorded; ${remedy}`;
  return [{ code: "LIP_SYNC_NONE", message }];
}

const RESEARCH_ONLY: Warning = {
  code: "LIP_SYNC_LICENCE",
  message:
    "the published weights of Wav2Lip are for research only: use your own, or another provider, for anything else",
};

/** Providers whose program wants a graphics processor to itself. */
const GPU_PROVIDERS: readonly LipSyncProvider[] = ["wav2lip", "musetalk", "latentsync", "command"];

/**
 * Whether a campaign's rows are made with a graphics processor.
 * @param policy.wav2lipModel Whether Wav2Lip runs from a model on the processor, where nobody asks for
 * that of a folder.
 */
export function needsGpu(
  options: Pick<CampaignOptions, "insertMode" | "lipSyncProvider" | "wav2lipRepo">,
  { wav2lipModel }: { wav2lipModel: boolean },
): boolean {
  const { lipSyncProvider, wav2lipRepo } = options;
  const fromModel = lipSyncProvider === "wav2lip" && wav2lipModel && wav2lipRepo === undefined;
  return isLipSynced(options) && !fromModel && GPU_PROVIDERS.includes(lipSyncProvider);
}

/** Whose mouth moves, in shares of the picture's width and height; null for the largest face. */
export function chosenFace({
  lipSyncFace,
}: Pick<CampaignOptions, "lipSyncFace">): { x: number; y: number } | null {
  return lipSyncFace === undefined ? null : facePlaceOf(lipSyncFace);
}

/** A place that was written as `FACE_PLACE`. */
export function facePlaceOf(written: string): { x: number; y: number } {
  const [x, y] = written.split(",");
  return { x: Number(x), y: Number(y) };
}
