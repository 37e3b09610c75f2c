import type { CampaignOptions } from "./campaign-options.ts";

/** All that decides who speaks a campaign's names. */
export type VoiceChoice = {
  options: CampaignOptions;
  /** The sender's own key for the provider; null for the operator's. */
  apiKey: string | null;
  /** A recording of the voice to be like; null for none. */
  sample: VoiceSample | null;
};

export type VoiceSample = {
  /** SHA-256 of the recording, hex. */
  hash: string;
  /**
   * The recording as a file on this machine.
   * @throws AppError FILE_NOT_FOUND when it is kept no longer.
   */
  file: (options: { signal: AbortSignal }) => Promise<string>;
};
