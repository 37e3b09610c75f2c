import { createHash } from "node:crypto";
import type { Recipient } from "../domain/recipient.ts";
import type { LipSync } from "../ports/lip-sync.ts";
import type { SpeechModel } from "../ports/speech-model.ts";
import type { CampaignOptions } from "./campaign-options.ts";
import { speechRequests } from "./speech-request.ts";

/** Raised whenever the same inputs would give other bytes: older templates and outputs are made anew. */
export const FORMAT_VERSION = 4;

/** Hash of everything an output depends on. */
export function outputKey(
  { speech, lipSync }: { speech: SpeechModel; lipSync: LipSync | null },
  templateId: string,
  options: CampaignOptions,
  recipient: Extract<Recipient, { kind: "output" }>,
): string {
  const { slot: _, nameCol: __, ...shaping } = options;
  const requests = speechRequests(recipient.spokenText, options);
  const voices = requests.map((request) => speech.cacheKey(request));
  const shape = [templateId, shaping, voices, lipSync?.cacheKey ?? null];
  return digest([FORMAT_VERSION, ...shape, recipient.file]);
}

/** A short hash of anything that JSON can say. */
export function digest(parts: unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}
