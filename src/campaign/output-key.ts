import { createHash } from "node:crypto";
import type { Recipient } from "../domain/recipient.ts";
import type { SpeechModel } from "../ports/speech-model.ts";
import type { CampaignOptions } from "./campaign-options.ts";
import { speechRequest } from "./speech-request.ts";

/** Raised whenever the same inputs would give other bytes: older templates and outputs are made anew. */
export const FORMAT_VERSION = 3;

/** Hash of everything an output depends on. */
export function outputKey(
  speech: SpeechModel,
  templateId: string,
  options: CampaignOptions,
  recipient: Extract<Recipient, { kind: "output" }>,
): string {
  const { slot: _, nameCol: __, ...shaping } = options;
  const voice = speech.cacheKey(speechRequest(recipient.spokenText, options));
  return digest([FORMAT_VERSION, templateId, shaping, voice, recipient.file]);
}

/** A short hash of anything that JSON can say. */
export function digest(parts: unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}
